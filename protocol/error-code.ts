/** Numeric codes of Titan errors are HTTP-like; two lie outside (PROTOCOL §9). */
export const MULTIPLE_ERRORS = 600;
export const UNKNOWN_ERROR = 601;

const RETRYABLE: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504, 507, 511]);

export function isRetryableCode(code: number): boolean {
  return RETRYABLE.has(code);
}

/** The HTTP status that stands for a Titan code: the code itself from 100 to 599, else 500. */
export function httpStatusOf(code: number): number {
  return Number.isInteger(code) && code >= 100 && code <= 599 ? code : 500;
}
