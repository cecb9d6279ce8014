import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from './event-bus.js';

interface Shop {
  order: [id: string];
  price: [total: number, factor: number];
  trace: [path: readonly string[]];
}

let bus: EventBus<Shop>;
let log: string[];
beforeEach(() => {
  bus = new EventBus();
  log = [];
});

/** A handler whose promise is settled by hand. */
function held(name: string) {
  const { promise, resolve, reject } = withResolvers();
  const handler = (id: string): Promise<unknown> => {
    log.push(`${name} got ${id}`);
    return promise;
  };
  return { handler, resolve, reject };
}

function withResolvers() {
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Whatever is ready to run has run then. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('emit', () => {
  it('waits for no handler', async () => {
    const a = held('a');
    bus.on('order', a.handler);
    bus.on('order', () => void log.push('b'));
    bus.emit('order', '1');
    expect(log).toEqual(['a got 1', 'b']);
    a.resolve(undefined);
  });
});

describe('emitParallel', () => {
  it('begins all at once and gives their results in their order', async () => {
    const [a, b] = [held('a'), held('b')];
    bus.on('order', b.handler);
    bus.on('order', a.handler, { priority: 1 });
    bus.on('order', (id) => id.length);
    const results = bus.emitParallel('order', '1');
    expect(log).toEqual(['a got 1', 'b got 1']);
    b.resolve('B');
    await settled();
    a.resolve('A');
    expect(await results).toEqual(['A', 'B', 1]);
  });

  it('rejects when all have settled, with all that was thrown, in the order of the handlers', async () => {
    const [a, b, c] = [held('a'), held('b'), held('c')];
    for (const { handler } of [a, b, c]) bus.on('order', handler);
    bus.on('order', () => {
      throw 'at once';
    });
    let isSettled = false;
    const failed = bus.emitParallel('order', '1').catch((error: unknown) => {
      isSettled = true;
      return error;
    });
    c.reject('C');
    a.reject('A');
    await settled();
    expect(isSettled).toBe(false);
    b.resolve('B');
    expect(await failed).toMatchObject({ name: 'AggregateError', errors: ['A', 'C', 'at once'] });
  });

  it('gives an empty list where nobody listens, and leaves out one that was for once and has been called', async () => {
    expect(await bus.emitParallel('order', '1')).toEqual([]);
    bus.once('order', () => 'once');
    bus.on('order', () => 'always');
    const both = [bus.emitParallel('order', '1'), bus.emitParallel('order', '2')];
    expect(await Promise.all(both)).toEqual([['once', 'always'], ['always']]);
  });
});

describe('emitSerial', () => {
  it('begins each when the one before has settled', async () => {
    const [a, b] = [held('a'), held('b')];
    bus.on('order', a.handler);
    bus.on('order', b.handler);
    const results = bus.emitSerial('order', '1');
    await settled();
    expect(log).toEqual(['a got 1']);
    a.resolve('A');
    await settled();
    expect(log).toEqual(['a got 1', 'b got 1']);
    b.resolve('B');
    expect(await results).toEqual(['A', 'B']);
  });

  it('goes on after an error, and rejects with it as it is', async () => {
    const error = new Error('a');
    bus.on('order', () => Promise.reject(error));
    bus.on('order', () => void log.push('b'));
    await expect(bus.emitSerial('order', '1')).rejects.toBe(error);
    expect(log).toEqual(['b']);
    bus.on('order', () => {
      throw 'c';
    });
    await expect(bus.emitSerial('order', '1')).rejects.toMatchObject({
      errors: [error, 'c'],
      message: '2 errors in order',
    });
  });

  it('calls whoever listened at its begin, whatever happens meanwhile', async () => {
    const a = held('a');
    bus.on('order', a.handler);
    const stop = bus.on('order', () => void log.push('removed'));
    const results = bus.emitSerial('order', '1');
    stop();
    bus.on('order', () => void log.push('added'));
    a.resolve('A');
    expect(await results).toEqual(['A', undefined]);
    expect(log).toEqual(['a got 1', 'removed']);
  });
});

describe('emitReduce', () => {
  it('leads the accumulator through the handlers, each awaited, and emitReduceRight the other way', async () => {
    bus.on('price', async (total, factor) => total * factor);
    bus.on('price', (total) => total + 1);
    expect(await bus.emitReduce('price', 5, 10)).toBe(51);
    expect(await bus.emitReduceRight('price', 5, 10)).toBe(60);
    bus.on('*', (total) => Number(total) - 2, { priority: 1 });
    expect(await bus.emitReduce('price', 5, 10)).toBe(31);
    expect(await bus.emitReduceRight('price', 5, 10)).toBe(58);
  });

  it('gives the first value where nobody listens, and what a handler returned, be it nothing', async () => {
    expect(await bus.emitReduce('price', 5, 10)).toBe(5);
    expect(await bus.emitReduceRight('price', 5, 10)).toBe(5);
    bus.on('price', () => undefined);
    expect(await bus.emitReduce('price', 5, 10)).toBeUndefined();
  });

  it('ends with the first error', async () => {
    bus.on('price', () => Promise.reject('no price'));
    bus.on('price', (total) => {
      log.push('called');
      return total;
    });
    await expect(bus.emitReduce('price', 5, 10)).rejects.toBe('no price');
    expect(log).toEqual([]);
    await expect(bus.emitReduceRight('price', 5, 10)).rejects.toBe('no price');
    expect(log).toEqual(['called']);
  });

  it('goes by priority, whatever the priorities are', async () => {
    const priority = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true }));
    await fc.assert(
      fc.asyncProperty(fc.array(priority, { maxLength: 12 }), async (priorities) => {
        const one = new EventBus<Shop>();
        priorities.forEach((value, index) => {
          one.on('trace', (path) => [...path, `${index}`], { priority: value });
        });
        const order = priorities.map((_, index) => index);
        order.sort((a, b) => {
          const [x, y] = [priorities[a] as number, priorities[b] as number];
          return x === y ? a - b : x > y ? -1 : 1;
        });
        const expected = order.map(String);
        expect(await one.emitReduce('trace', [])).toEqual(expected);
        expect(await one.emitReduceRight('trace', [])).toEqual([...expected].reverse());
      }),
    );
  });
});
