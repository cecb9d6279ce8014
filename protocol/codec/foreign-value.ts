import { CodecError, malformed } from './codec-error.js';
import { MAX_BIGINT_DIGITS } from './tuning.js';

/**
 * Foreign keys become own properties. A plain assignment of `__proto__` would replace the prototype (QUALITY F3), and on
 * an error it would go through inherited setters.
 */
export function put(target: object, key: string, value: unknown, enumerable = true): void {
  Object.defineProperty(target, key, { value, enumerable, configurable: true, writable: true });
}

export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function parseBigInt(text: string): bigint {
  if (text.length > MAX_BIGINT_DIGITS) throw new CodecError('too-large', `bigint of ${text.length} digits`);
  if (!/^-?\d+$/.test(text)) throw malformed('bigint is no decimal');
  return BigInt(text);
}

export function parseRegExp(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    throw malformed('RegExp does not compile');
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
