import { afterEach, describe, expect, it } from 'vitest';
import { TitanError } from '../titan-error.js';
import { CodecError } from './codec-error.js';
import { Decoder } from './decoder.js';
import { Encoder } from './encoder.js';
import { withoutStack } from './quiet-error.js';

const { stackTraceLimit } = Error;
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

const frames = (error: Error): number => (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)).length;

describe('errors that were decoded', () => {
  it.each([
    ['an error', new TypeError('m')],
    ['a Titan error', new TitanError(404, 'm', { cause: new Error('c') })],
  ])('%s has no stack of ours, and the next error of ours has one', (_, error) => {
    const back = new Decoder().decode(new Encoder().encode(error)) as Error;
    expect(back).toBeInstanceOf(error.constructor);
    expect(frames(back)).toBe(0);
    if (back.cause !== undefined) expect(frames(back.cause as Error)).toBe(0);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(frames(new Error('ours'))).toBeGreaterThan(0);
  });

  it('leave the limit alone also when the message breaks off', () => {
    const message = new Encoder().encode(new TypeError('m'));
    expect(() => new Decoder().decode(message.subarray(0, -1))).toThrowError(CodecError);
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});

describe('withoutStack', () => {
  it('puts the limit back when making the error throws', () => {
    expect(() =>
      withoutStack(() => {
        throw new RangeError('in between');
      }),
    ).toThrowError('in between');
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(withoutStack(() => 5)).toBe(5);
  });

  it('makes the error all the same where there is no limit, and adds none', () => {
    Reflect.deleteProperty(Error, 'stackTraceLimit');
    expect(withoutStack(() => new Error('m')).message).toBe('m');
    expect(Object.hasOwn(Error, 'stackTraceLimit')).toBe(false);
  });

  it('makes the error all the same where the limit cannot be changed', () => {
    Object.defineProperty(Error, 'stackTraceLimit', { value: 3, writable: false, configurable: true });
    expect(withoutStack(() => new Error('m')).message).toBe('m');
    expect(Error.stackTraceLimit).toBe(3);
    Object.defineProperty(Error, 'stackTraceLimit', { value: stackTraceLimit, writable: true, configurable: true });
  });
});
