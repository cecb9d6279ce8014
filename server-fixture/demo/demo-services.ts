import { Directory } from './directory.js';
import { Market } from './market.js';

/** New instances of what the demo app needs besides the conformance services. */
export function createDemoServices(): object[] {
  return [new Directory(), new Market()];
}
