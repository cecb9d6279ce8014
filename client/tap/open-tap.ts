import type { ClientConfig } from '../client-config.js';
import type { ClientParts } from '../client-parts.js';
import { type Runtime, randomId } from '../runtime.js';
import type { TurnClock } from '../turn-clock.js';
import { ClientTap } from './client-tap.js';
import { LateTap } from './late-tap.js';
import { controlOf } from './tap-control.js';
import type { TapRecorder } from './tap-recorder.js';
import { tapRegistry } from './tap-registry.js';

/**
 * The tap of a client. A bundler that builds for production drops it here, and it is loaded only where an option asks for
 * it; likewise in a browser without a bundler, where there is no `process`.
 */
export function openTap(
  devtools: ClientConfig['devtools'],
  runtime: Runtime,
  turn: TurnClock,
  parts: ClientParts,
): TapRecorder | null {
  if (devtools === undefined) return null;
  const options = { clientId: randomId(runtime), ...devtools };
  const registry = tapRegistry(runtime);
  try {
    if (process.env.NODE_ENV !== 'production') return new ClientTap(options, registry, turn, controlOf(parts));
  } catch {
    // No bundler has been here.
  }
  return new LateTap(options, registry, turn, parts);
}

declare const process: { readonly env: { readonly NODE_ENV?: string } };
