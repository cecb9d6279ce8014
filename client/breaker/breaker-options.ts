import { type Filled, numberFrom, oneOf, parseFields, wholeFrom } from '../option-fields.js';
import {
  BREAKER_COOLDOWN_MS,
  BREAKER_RATIO,
  BREAKER_THRESHOLD,
  BREAKER_WINDOW_MS,
  MAX_BREAKER_COOLDOWN_MS,
  MAX_BREAKER_THRESHOLD,
  MAX_BREAKER_WINDOW_MS,
  MIN_BREAKER_RATIO,
} from '../resilience-limits.js';

export interface BreakerOptions {
  /** Failures inside `windowTime` that open it. 1 … 1,000, default 10. */
  readonly threshold?: number | undefined;
  /** In milliseconds. 1 … 86,400,000, default 10,000. */
  readonly windowTime?: number | undefined;
  /**
   * How long it stays open the first time, in milliseconds. 1 … 60,000, default 5,000. Each time that the probe fails
   * this doubles, up to 60,000, and half of it is random.
   */
  readonly cooldownTime?: number | undefined;
  /** Share of failures among the last 20 outcomes (at least 10) that opens it. 0.01 … 1, default 0.5. */
  readonly ratio?: number | undefined;
  /** One breaker for each service of the backend in place of one for all of them. Default false. */
  readonly perService?: boolean | undefined;
}

/** {@link BreakerOptions} with the defaults filled in. */
export type BreakerConfig = Filled<BreakerOptions>;

const CHECKS = {
  threshold: wholeFrom(1, MAX_BREAKER_THRESHOLD),
  windowTime: numberFrom(1, MAX_BREAKER_WINDOW_MS),
  cooldownTime: numberFrom(1, MAX_BREAKER_COOLDOWN_MS),
  ratio: numberFrom(MIN_BREAKER_RATIO, 1),
  perService: oneOf(true, false),
};

/**
 * True is all defaults; false and undefined are undefined: no breaker.
 *
 * @throws NetronError `invalid-config` that names the field.
 */
export function parseBreaker(value: unknown, option: string): BreakerConfig | undefined {
  if (value === undefined || value === false) return undefined;
  return {
    threshold: BREAKER_THRESHOLD,
    windowTime: BREAKER_WINDOW_MS,
    cooldownTime: BREAKER_COOLDOWN_MS,
    ratio: BREAKER_RATIO,
    perService: false,
    ...parseFields<BreakerOptions>(value === true ? {} : value, option, CHECKS, undefined, 'a boolean or '),
  };
}
