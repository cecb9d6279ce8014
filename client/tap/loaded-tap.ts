/** What {@link LateTap} loads. Apart from what it names, so that a bundler can tell this use of it from the other. */
export { ClientTap } from './client-tap.js';
export { controlOf } from './tap-control.js';
