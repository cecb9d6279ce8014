import { assertField, FUNCTION, ofType, parseFields } from '../option-fields.js';
import { tell } from '../report.js';
import { browserRuntime } from '../runtime.js';
import type { CallContext, Middleware } from './middleware.js';

export interface Timing {
  readonly kind: CallContext['kind'];
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  /** From `next()` until it settled: everything further in, the network included. */
  readonly durationMs: number;
  readonly ok: boolean;
}

export interface TimingOptions {
  /** What it throws is reported as uncaught, and changes nothing about the call. */
  readonly onTiming: (timing: Timing) => void;
  /** Monotonic milliseconds. Default: `performance.now()`. */
  readonly now?: (() => number) | undefined;
}

const CHECKS = { onTiming: ofType('function'), now: ofType('function') };

/**
 * Tells how long each call took. What lies further in is measured: a low priority leaves other middleware out.
 *
 * @throws NetronError `invalid-config` that names the field.
 */
export function timing(options: TimingOptions): Middleware {
  const { onTiming, now = browserRuntime().now } = parseFields<TimingOptions>(options, 'timing', CHECKS);
  assertField('timing.onTiming', onTiming, FUNCTION);
  return async function timing(context, next) {
    const { kind, backend, service, method } = context;
    const startedMs = now();
    let ok = false;
    try {
      const value = await next();
      ok = true;
      return value;
    } finally {
      tell(onTiming, { kind, backend, service, method, durationMs: now() - startedMs, ok });
    }
  };
}
