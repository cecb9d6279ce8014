import { afterEach, describe, expect, it, vi } from 'vitest';
import { callError } from '../call/call-error.js';
import { watchUncaught } from '../pipeline/test-answers.js';
import { type LogEntry, type LoggingOptions, logging } from './logging.js';
import { compose, type Next } from './middleware.js';
import { layersOf, testContext } from './test-context.js';

const PLACE = { backend: 'main', service: 'users@1.0.0', method: 'get' };
const GONE = callError('network', 'gone', PLACE);
const ABORTED = callError('aborted', 'aborted', PLACE);

async function logged(outcome: Next, options: Omit<LoggingOptions, 'log' | 'now'> = {}): Promise<LogEntry[]> {
  let nowMs = 100;
  const entries: LogEntry[] = [];
  const log = logging({ ...options, log: (entry) => entries.push(entry), now: () => nowMs });
  const context = testContext({ args: ['s3cret'], headers: { authorization: 's3cret' } });
  const call = compose(layersOf({ log }), context, async () => {
    nowMs += 12.4;
    return outcome();
  });
  await call.catch(() => undefined);
  return entries;
}

const silent = (): void => undefined;
const answer: Next = async () => 'the s3cret';
const fail: Next = () => Promise.reject(GONE);
const abort: Next = () => Promise.reject(ABORTED);

afterEach(() => vi.restoreAllMocks());

describe('logging', () => {
  it('writes how a call ended and how long it took', async () => {
    const [entry, ...others] = await logged(answer);
    expect(others).toEqual([]);
    expect(entry).toEqual({
      level: 'info',
      message: 'query users@1.0.0.get on main: ok in 12 ms',
      kind: 'query',
      ...PLACE,
      durationMs: expect.closeTo(12.4),
      error: undefined,
      args: undefined,
    });
  });

  it('writes the error of a failed call, and an abort as none of a failure', async () => {
    expect(await logged(fail)).toMatchObject([
      { level: 'error', message: 'query users@1.0.0.get on main: failed in 12 ms', error: GONE },
    ]);
    expect(await logged(abort)).toMatchObject([
      { level: 'info', message: 'query users@1.0.0.get on main: aborted in 12 ms', error: ABORTED },
    ]);
  });

  it('writes at the level that was asked for, and above', async () => {
    const levels = async (level: LoggingOptions['level'] & string): Promise<string[]> => {
      const entries = [
        ...(await logged(answer, { level })),
        ...(await logged(abort, { level })),
        ...(await logged(fail, { level })),
      ];
      return entries.map((entry) => entry.level);
    };
    expect(await levels('debug')).toEqual(['debug', 'info', 'debug', 'info', 'debug', 'error']);
    expect(await levels('info')).toEqual(['info', 'info', 'error']);
    expect(await levels('error')).toEqual(['error']);
  });

  it('writes the beginning of a call before it is sent', async () => {
    expect((await logged(fail, { level: 'debug' }))[0]).toMatchObject({
      message: 'query users@1.0.0.get on main: begins',
      durationMs: undefined,
      error: undefined,
    });
  });

  it('never writes arguments unless asked, headers or results', async () => {
    const written = [...(await logged(answer, { level: 'debug' })), ...(await logged(fail, { level: 'debug' }))];
    expect(JSON.stringify(written)).not.toContain('s3cret');
    const [open] = await logged(answer, { args: true });
    expect(open?.args).toEqual(['s3cret']);
  });

  it('lets results and errors through', async () => {
    const layers = layersOf({ log: logging({ log: () => undefined }) });
    expect(await compose(layers, testContext(), answer)).toBe('the s3cret');
    await expect(compose(layers, testContext(), fail)).rejects.toBe(GONE);
  });

  it('changes nothing about a call where the log throws, which is reported', async () => {
    const uncaught = watchUncaught();
    const full = new Error('disk full');
    const layers = layersOf({
      log: logging({
        level: 'debug',
        log: () => {
          throw full;
        },
      }),
    });
    expect(await compose(layers, testContext(), answer)).toBe('the s3cret');
    await expect(compose(layers, testContext(), fail)).rejects.toBe(GONE);
    expect(uncaught).toEqual([full, full, full, full]);
  });

  it.each<[unknown, string]>([
    [silent, ' is [object Function] (function), expected an object'],
    [{}, '.log is undefined (undefined), expected a function'],
    [{ log: silent, level: 'warn' }, '.level is "warn" (string), expected debug or info or error'],
    [{ log: silent, args: 1 }, '.args is 1 (number), expected true or false'],
  ])('refuses %j', (options, reason) => {
    expect(() => logging(options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-config', reason: `option logging${reason}` }),
    );
    expect(logging({ log: () => undefined })).toBeTypeOf('function');
  });
});
