import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from './event-bus.js';
import type { EventNext, EventOutcome } from './event-middleware.js';

const WAITING = ['emitParallel', 'emitSerial', 'emitReduce', 'emitReduceRight'] as const;
const KINDS = ['emit', ...WAITING] as const;

let bus: EventBus;
let log: unknown[];
beforeEach(() => {
  bus = new EventBus();
  log = [];
  bus.on('a', (...args) => {
    log.push(args);
    return args[0];
  });
});

const fail = (error: unknown) => (): never => {
  throw error;
};
const failing = (kind: (typeof KINDS)[number], ...args: readonly unknown[]): Promise<unknown> =>
  (async () => bus[kind]('a', ...args))().then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );

/** Whatever is ready to run has run then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('middleware', () => {
  it.each(KINDS)('stands around %s, the first outermost, until it is removed', async (kind) => {
    const layer = (name: string) =>
      bus.use(async (event, args, next) => {
        log.push(`${name} before ${event} ${args.join()}`);
        await next();
        log.push(`${name} after`);
      });
    const stop = layer('outer');
    layer('inner');
    await bus[kind]('a', 1, 2);
    // `emit` does not wait for the layers to end.
    await settled();
    expect(log.splice(0)).toEqual(['outer before a 1,2', 'inner before a 1,2', [1, 2], 'inner after', 'outer after']);
    stop();
    stop();
    await bus[kind]('a', 1);
    expect(log.slice(0, 2)).toEqual(['inner before a 1', [1]]);
  });

  it('that is there twice is removed one by one', () => {
    const layer = (_event: string, _args: readonly unknown[], next: EventNext<readonly unknown[]>) => {
      log.push('layer');
      next();
    };
    const stop = bus.use(layer);
    bus.use(layer);
    stop();
    stop();
    bus.emit('a');
    expect(log).toEqual(['layer', []]);
  });

  it('has run the handlers of emit when next() returns', () => {
    bus.use((_event, _args, next) => {
      log.push('before');
      next();
      log.push('after');
    });
    bus.emit('a', 1);
    expect(log).toEqual(['before', [1], 'after']);
  });

  it('may put other arguments in their place, for the layers inside too', async () => {
    bus.use((_event, [n, ...rest], next) => next([Number(n) + 1, ...rest]));
    bus.use((_event, args, next) => {
      log.push(args);
      return next(args.slice(0, 1));
    });
    expect(await bus.emitParallel('a', 1, 'x')).toEqual([2]);
    expect(log).toEqual([[2, 'x'], [2]]);
    expect(await bus.emitReduce('a', 5, 'x')).toBe(6);
  });

  it('may stop an emit, which gives what it gives where nobody listens', async () => {
    bus.use(() => 'its result is not that of the emit');
    bus.emit('a', 1);
    expect(await bus.emitParallel('a', 1)).toEqual([]);
    expect(await bus.emitSerial('a', 1)).toEqual([]);
    expect(await bus.emitReduce('a', 1)).toBe(1);
    expect(await bus.emitReduceRight('a', 1)).toBe(1);
    expect(log).toEqual([]);
  });

  it('sees the outcome, and does not decide it', async () => {
    const seen: EventOutcome[] = [];
    bus.use(async (_event, _args, next) => {
      const { value, errors } = await next();
      seen.push({ value, errors: [...errors] });
      return 'other';
    });
    expect(await bus.emitSerial('a', 1)).toEqual([1]);
    expect(await bus.emitReduce('a', 2)).toBe(2);
    bus.on('a', fail('x'));
    expect(await failing('emitParallel', 3)).toBe('x');
    expect(await failing('emit', 4)).toBe('x');
    await settled();
    expect(seen).toEqual([
      { value: [1], errors: [] },
      { value: 2, errors: [] },
      { value: [3], errors: ['x'] },
      { value: undefined, errors: ['x'] },
    ]);
  });

  it.each(WAITING)('that does not wait for next() loses neither results nor errors of %s', async (kind) => {
    bus.use((_event, _args, next) => void next());
    bus.use(async (_event, _args, next) => {
      await settled();
      next();
    });
    const value = await bus[kind]('a', 1);
    expect(value).toEqual(kind.startsWith('emitReduce') ? 1 : [1]);
    bus.on('a', fail('x'));
    expect(await failing(kind, 1)).toBe('x');
  });

  it('counts from the next emit on when it is added or removed during one', async () => {
    const stop = bus.use((_event, _args, next) => {
      stopInner();
      bus.use((_e, _a, nextOne) => {
        log.push('new');
        return nextOne();
      });
      stop();
      return next();
    });
    const stopInner = bus.use((_event, _args, next) => {
      log.push('inner');
      return next();
    });
    await bus.emitParallel('a');
    expect(log.splice(0)).toEqual(['inner', []]);
    await bus.emitParallel('a');
    expect(log).toEqual(['new', []]);
  });

  it('leaves handlers that are for once to the next emit when it stops one', () => {
    bus.once('b', () => log.push('once'));
    const stop = bus.use(() => undefined);
    bus.emit('b');
    stop();
    bus.emit('b');
    expect(log).toEqual(['once']);
  });
});

describe('middleware that throws', () => {
  it.each(KINDS)('makes %s fail, and the handlers do not run when it was before next()', async (kind) => {
    const stop = bus.use(fail('layer'));
    expect(await failing(kind, 1)).toBe('layer');
    expect(log).toEqual([]);
    stop();
    await bus[kind]('a', 1);
    expect(log).toEqual([[1]]);
  });

  it.each(KINDS)('hides no error of the handlers in %s', async (kind) => {
    bus.on('a', fail('handler'));
    bus.use((_event, _args, next) => {
      next();
      throw 'layer';
    });
    const error = (await failing(kind, 1)) as AggregateError;
    expect([...error.errors].sort()).toEqual(['handler', 'layer']);
  });

  it.each(WAITING)('later than it began makes %s fail', async (kind) => {
    bus.use(async (_event, _args, next) => {
      await next();
      throw 'late';
    });
    expect(await failing(kind, 1)).toBe('late');
  });

  it.each(KINDS)('in %s when it calls next() twice or with no list, which calls no handler again', async (kind) => {
    const stop = bus.use((_event, _args, next) => {
      next();
      next();
    });
    expect(await failing(kind, 1)).toMatchObject({
      code: 'invalid-argument',
      reason: 'next() for a came twice, or too late',
    });
    expect(log.splice(0)).toEqual([[1]]);
    stop();
    bus.use((_event, _args, next) => next('args' as never));
    expect(await failing(kind, 1)).toMatchObject({
      code: 'invalid-argument',
      reason: 'argument of next() is "args" (string), expected an array',
    });
    expect(log).toEqual([]);
  });

  it('at next() when it has ended before', async () => {
    const late: (() => unknown)[] = [];
    bus.use((_event, _args, next) => void late.push(next));
    bus.emit('a');
    expect(await bus.emitSerial('a')).toEqual([]);
    for (const next of late) expect(next).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    expect(late).toHaveLength(2);
    expect(log).toEqual([]);
  });

  it('at next() when it has ended before, though the emit has not', async () => {
    let late: () => unknown = () => undefined;
    bus.use(async (_event, _args, next) => {
      await next();
      late();
    });
    bus.use((_event, _args, next) => {
      late = next;
    });
    expect(await failing('emitSerial')).toMatchObject({ reason: 'next() for a came twice, or too late' });
    expect(log).toEqual([]);
  });
});

describe('what is thrown after emit has returned', () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  const others = process.listeners('unhandledRejection');
  beforeEach(() => {
    unhandled.length = 0;
    process.removeAllListeners('unhandledRejection').on('unhandledRejection', note);
  });
  afterEach(() => {
    process.removeAllListeners('unhandledRejection');
    for (const other of others) process.on('unhandledRejection', other);
  });

  it('by an async handler is an unhandled rejection', async () => {
    bus.on('a', () => Promise.reject('handler'));
    bus.emit('a');
    await settled();
    expect(unhandled).toEqual(['handler']);
  });

  it('by an async middleware is one too, once, whatever stands around it', async () => {
    bus.use((_event, _args, next) => void next());
    bus.use(async (_event, _args, next) => void (await next()));
    bus.use(async (_event, _args, next) => {
      await next();
      throw 'layer';
    });
    bus.emit('a', 1);
    await settled();
    expect(log).toEqual([[1]]);
    expect(unhandled).toEqual(['layer']);
  });

  it('says so when a middleware waits before next(): emit has not reached the handlers', async () => {
    bus.use(async (_event, _args, next) => {
      await Promise.resolve();
      await next();
    });
    bus.emit('a', 1);
    await settled();
    expect(log).toEqual([]);
    expect(unhandled).toMatchObject([{ code: 'invalid-argument', reason: 'next() for a came twice, or too late' }]);
    expect(await bus.emitParallel('a', 1)).toEqual([1]);
  });

  it('does not report again what emit has thrown', async () => {
    bus.on('a', fail('handler'));
    bus.use(async (_event, _args, next) => void (await next()));
    expect(() => bus.emit('a')).toThrow('handler');
    await settled();
    expect(unhandled).toEqual([]);
  });
});
