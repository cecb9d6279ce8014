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
  let make: MakeTap = (...tap) => new LateTap(...tap);
  try {
    if (process.env.NODE_ENV !== 'production') make = makeClientTap;
  } catch {
    // No bundler has been here.
  }
  return make({ clientId: randomId(runtime), ...devtools }, tapRegistry(runtime), turn, parts);
}

type MakeTap = (...tap: ConstructorParameters<typeof LateTap>) => TapRecorder;

const makeClientTap: MakeTap = (options, registry, turn, parts) =>
  new ClientTap(options, registry, turn, controlOf(parts));

declare const process: { readonly env: { readonly NODE_ENV?: string } };
