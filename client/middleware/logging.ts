import { isNetronError } from '../netron-error.js';
import { assertField, FUNCTION, ofType, oneOf, parseFields } from '../option-fields.js';
import { tell } from '../report.js';
import { browserRuntime } from '../runtime.js';
import type { CallContext, Middleware } from './middleware.js';

/** `debug`: a call begins. `info`: it succeeded, or was aborted. `error`: it failed. */
export type LogLevel = 'debug' | 'info' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  /** In words: `query users.get on main: ok in 12 ms`. */
  readonly message: string;
  readonly kind: CallContext['kind'];
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  /** Undefined when the call begins. */
  readonly durationMs: number | undefined;
  readonly error: unknown;
  /** Undefined unless asked for. */
  readonly args: readonly unknown[] | undefined;
}

export interface LoggingOptions {
  /** What it throws is reported as uncaught, and changes nothing about the call. */
  readonly log: (entry: LogEntry) => void;
  /** The least that is logged. Default `info`. */
  readonly level?: LogLevel | undefined;
  /** Arguments too. Default false: a log is read by people whom passwords and names are not meant for. */
  readonly args?: boolean | undefined;
  /** Monotonic milliseconds. Default: `performance.now()`. */
  readonly now?: (() => number) | undefined;
}

const CHECKS = {
  log: ofType('function'),
  level: oneOf('debug', 'info', 'error'),
  args: oneOf(true, false),
  now: ofType('function'),
};

/**
 * Writes a line when a call begins and when it ends. Never headers, and never results.
 *
 * @throws NetronError `invalid-config` that names the field.
 */
export function logging(options: LoggingOptions): Middleware {
  const parsed = parseFields<LoggingOptions>(options, 'logging', CHECKS);
  const { log, level: least = 'info', args: withArgs, now = browserRuntime().now } = parsed;
  assertField('logging.log', log, FUNCTION);

  return async function logging(context, next) {
    const { kind, backend, service, method, args } = context;
    const startedMs = now();
    const write = (level: LogLevel, outcome: string, durationMs?: number, error?: unknown): void => {
      if (level !== 'error' && (least === 'error' || (level === 'debug' && least === 'info'))) return;
      const took = durationMs === undefined ? '' : ` in ${Math.round(durationMs)} ms`;
      const message = `${kind} ${service}.${method} on ${backend}: ${outcome}${took}`;
      tell(log, {
        level,
        message,
        kind,
        backend,
        service,
        method,
        durationMs,
        error,
        args: withArgs ? args : undefined,
      });
    };
    write('debug', 'begins');
    let value: unknown;
    try {
      value = await next();
    } catch (error) {
      const isAborted = isNetronError(error) && error.code === 'aborted';
      write(isAborted ? 'info' : 'error', isAborted ? 'aborted' : 'failed', now() - startedMs, error);
      throw error;
    }
    write('info', 'ok', now() - startedMs);
    return value;
  };
}
