import { describe, expect, it, vi } from 'vitest';
import { callError } from '../call/call-error.js';
import { isNetronError } from '../netron-error.js';
import { compose, type Layer, type Next } from './middleware.js';
import { layersOf, testContext } from './test-context.js';

const PLACE = { backend: 'main', service: 'users@1.0.0', method: 'get' };

function answer(value: unknown): Next {
  return async () => value;
}

function failWith(error: unknown): Next {
  return async () => {
    throw error;
  };
}

function run(layers: readonly Layer[], innermost: Next = answer('result')): Promise<unknown> {
  return compose(layers, testContext(), innermost);
}

/** What a promise rejects with. */
function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );
}

describe('the onion', () => {
  it('is the call itself without layers', async () => {
    expect(await run([])).toBe('result');
    const error = callError('network', 'gone', PLACE);
    expect(await failureOf(run([], failWith(error)))).toBe(error);
  });

  it('runs the first layer outermost, each around the next', async () => {
    const steps: string[] = [];
    const layers = ['a', 'b', 'c'].map(
      (name): Layer => ({
        name,
        run: async (_context, next) => {
          steps.push(`${name} in`);
          const value = await next();
          steps.push(`${name} out`);
          return `${name}(${value})`;
        },
      }),
    );
    expect(await run(layers)).toBe('a(b(c(result)))');
    expect(steps).toEqual(['a in', 'b in', 'c in', 'c out', 'b out', 'a out']);
  });

  it('gives every layer the same context, to read and to change', async () => {
    const context = testContext();
    const layers = layersOf({
      outer: (given, next) => {
        given.args = ['43'];
        given.headers.traceparent = '00-1-2-01';
        given.meta.set('note', 'from outside');
        return next();
      },
      inner: async (given, next) => [given === context, given.args, given.meta.get('note'), await next()],
    });
    expect(await compose(layers, context, async () => context.headers)).toEqual([
      true,
      ['43'],
      'from outside',
      { traceparent: '00-1-2-01' },
    ]);
  });

  it('sends nothing when a layer answers by itself, at once or later', async () => {
    const innermost = (): never => expect.fail('was sent');
    expect(await run(layersOf({ stored: () => 'kept' }), innermost)).toBe('kept');
    expect(await run(layersOf({ stored: async () => 'kept' }), innermost)).toBe('kept');
  });

  it('calls the rest again when next() is called again after the first has settled', async () => {
    let sent = 0;
    const innermost: Next = async () => {
      sent++;
      if (sent < 3) throw callError('network', `attempt ${sent}`, PLACE);
      return sent;
    };
    const inner: string[] = [];
    const layers = layersOf({
      again: (_context, next) =>
        next()
          .catch(() => next())
          .catch(next),
      inner: (_context, next) => {
        inner.push('inner');
        return next();
      },
    });
    expect(await run(layers, innermost)).toBe(3);
    expect(inner.length).toBe(3);
  });

  it('refuses a second next() while the first is pending, and lets the first go on', async () => {
    let sent = 0;
    const innermost: Next = async () => ++sent;
    const outcomes: unknown[] = [];
    const layers = layersOf({
      twice: async (_context, next) => {
        const first = next();
        outcomes.push(await failureOf(next()), await first);
        return next();
      },
    });
    expect(await run(layers, innermost)).toBe(2);
    expect(outcomes[0]).toMatchObject({
      code: 'invalid-config',
      reason: 'middleware twice called next() when it was pending',
      ...PLACE,
    });
    expect(outcomes[1]).toBe(1);
  });

  it('fails the call of whoever does not await the refusal', async () => {
    const layers = layersOf({ twice: (_context, next) => Promise.all([next(), next()]) });
    expect(await failureOf(run(layers))).toMatchObject({
      reason: 'middleware twice called next() when it was pending',
    });
    expect(await run(layersOf({ once: (_context, next) => next() }))).toBe('result');
  });

  it('refuses next() once its layer is done, so that nothing is sent after the end of the call', async () => {
    let kept: Next = answer(undefined);
    const keep = layersOf({
      keep: (_context, next) => {
        kept = next;
        return 'early';
      },
    });
    expect(await run(keep, () => expect.fail('was sent'))).toBe('early');
    const reason = 'middleware keep called next() when it was done';
    expect(await failureOf(kept())).toMatchObject({ code: 'invalid-config', reason });
  });

  it('takes the failure of a next() that nobody waited for', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    let fail: (error: unknown) => void = () => undefined;
    const layers = layersOf({
      hasty: (_context, next) => {
        void next();
        return 'early';
      },
    });
    const innermost = (): Promise<unknown> =>
      new Promise((_, reject) => {
        fail = reject;
      });
    expect(await run(layers, innermost)).toBe('early');
    fail(callError('aborted', 'aborted', PLACE));
    // Node tells after the microtasks of a turn.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('stays done when a next() that nobody waited for settles', async () => {
    let kept: Next = answer(undefined);
    let settle: (value: unknown) => void = () => undefined;
    let pending: Promise<unknown> = Promise.resolve();
    const layers = layersOf({
      race: (_context, next) => {
        kept = next;
        pending = next();
        return 'early';
      },
    });
    const innermost = (): Promise<unknown> =>
      new Promise((resolve) => {
        settle = resolve;
      });
    expect(await run(layers, innermost)).toBe('early');
    settle('late');
    expect(await pending).toBe('late');
    expect(await failureOf(kept())).toMatchObject({ reason: 'middleware race called next() when it was done' });
  });
});

describe('a middleware that throws', () => {
  it.each<[string, unknown, string]>([
    ['an error', new TypeError('x is no function'), 'x is no function'],
    ['a text', 'no', '"no"'],
    ['an object without a text', Object.create(null), '[object Object]'],
    ['null', null, 'null'],
  ])('%s fails the call with its name, the place and the cause', async (_name, thrown, text) => {
    for (const broken of [
      () => {
        throw thrown;
      },
      () => Promise.reject(thrown),
    ]) {
      const error = await failureOf(run(layersOf({ outer: (_context, next) => next(), broken })));
      expect(error).toMatchObject({
        code: 'invalid-config',
        reason: `middleware broken threw: ${text}`,
        ...PLACE,
        retryable: false,
        cause: thrown,
      });
    }
    expect(await run(layersOf({ good: (_context, next) => next() }))).toBe('result');
  });

  it('undefined is told apart from one that let an error through', async () => {
    const error = await failureOf(run(layersOf({ broken: () => Promise.reject(undefined) })));
    expect(error).toMatchObject({ reason: 'middleware broken threw: undefined' });
  });

  it('a NetronError fails the call with that very error', async () => {
    const error = callError('unavailable', 'not now', PLACE);
    expect(
      await failureOf(run(layersOf({ outer: (_context, next) => next(), refuse: () => Promise.reject(error) }))),
    ).toBe(error);
  });

  it('after the call succeeded fails it all the same', async () => {
    const layers = layersOf({
      broken: async (_context, next) => {
        await next();
        throw new Error('too late');
      },
    });
    expect(await failureOf(run(layers))).toMatchObject({ reason: 'middleware broken threw: too late' });
  });

  it('is the one that is named, not those around it', async () => {
    const layers = layersOf({
      outermost: (_context, next) => next(),
      rethrows: async (_context, next) => {
        try {
          return await next();
        } catch (error) {
          throw new Error('on top', { cause: error });
        }
      },
      broken: () => {
        throw new Error('below');
      },
    });
    const error = await failureOf(run(layers));
    expect(error).toMatchObject({ reason: 'middleware rethrows threw: on top' });
    expect((error as { cause: { cause: unknown } }).cause.cause).toMatchObject({
      reason: 'middleware broken threw: below',
    });
  });

  it('is not blamed for what the call itself threw', async () => {
    const error = new TypeError('of the call');
    expect(
      await failureOf(run(layersOf({ a: (_context, next) => next(), b: (_context, next) => next() }), failWith(error))),
    ).toBe(error);
  });

  it('leaves other calls through the same layers alone', async () => {
    const layers = layersOf({
      moody: (context, next) => {
        if (context.args[0] === 'bad') throw new Error('bad mood');
        return next();
      },
    });
    const results = await Promise.allSettled(
      ['good', 'bad', 'good', 'bad'].map((arg) => compose(layers, testContext({ args: [arg] }), answer(arg))),
    );
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value : isNetronError(result.reason))),
    ).toEqual(['good', true, 'good', true]);
  });
});
