import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus, type ListenOptions } from './event-bus.js';

let bus: EventBus;
let heard: unknown[];
const note = (what: string) => () => void heard.push(what);
beforeEach(() => {
  bus = new EventBus();
  heard = [];
});

describe('handlers', () => {
  it('get the arguments and no this', () => {
    bus.on('order:created', function (this: unknown, ...args) {
      heard.push(this, ...args);
    });
    bus.emit('order:created', 1, [2], undefined);
    bus.emit('order:deleted', 3);
    expect(heard).toEqual([undefined, 1, [2], undefined]);
  });

  it('are called by priority, then in the order of subscription, names and patterns alike', () => {
    bus.on('order:created', note('first'));
    bus.on('order:*', note('second'));
    bus.on('*', note('early'), { priority: 1.5 });
    bus.on('order:created', note('late'), { priority: -1 });
    bus.on('order:created', note('last'), { priority: Number.NEGATIVE_INFINITY });
    bus.on('*:created', note('very first'), { priority: Number.POSITIVE_INFINITY });
    bus.on('order:created', note('then'), { priority: Number.POSITIVE_INFINITY });
    bus.on('order:created', note('third'));
    bus.emit('order:created');
    expect(heard).toEqual(['very first', 'then', 'early', 'first', 'second', 'third', 'late', 'last']);
  });

  it('added twice are called twice, and removed one by one by what on() gave, as often as that is called', () => {
    const handler = note('x');
    const stop = bus.on('a', handler);
    bus.on('a', handler);
    bus.emit('a');
    expect(heard).toEqual(['x', 'x']);
    stop();
    stop();
    expect(bus.listenerCount('a')).toBe(1);
    expect(bus.stats().listeners).toBe(1);
    bus.emit('a');
    expect(heard).toEqual(['x', 'x', 'x']);
  });

  it('are removed by off() from that name or pattern alone', () => {
    const handler = note('x');
    bus.on('a', handler);
    bus.on('a', handler, { priority: 1 });
    bus.on('a*', handler);
    bus.on('a', note('y'));
    bus.off('a', handler);
    bus.off('b', handler);
    bus.emit('a');
    expect(heard).toEqual(['x', 'y']);
    bus.off('a*', handler);
    bus.emit('a');
    expect(heard).toEqual(['x', 'y', 'y']);
  });

  it('are counted with those of patterns', () => {
    expect(bus.listenerCount('order:created')).toBe(0);
    bus.on('order:created', note('x'));
    const stop = bus.on('order:*', note('x'));
    bus.on('user:*', note('x'));
    expect(bus.listenerCount('order:created')).toBe(2);
    expect(bus.stats().listeners).toBe(3);
    stop();
    expect(bus.listenerCount('order:created')).toBe(1);
  });

  it('are all removed by clear(), and may be added again', () => {
    const { signal } = new AbortController();
    const stop = bus.on('a', note('x'), { signal });
    bus.on('*', note('y'), { once: true });
    bus.clear();
    bus.emit('a');
    expect(heard).toEqual([]);
    expect(bus.stats().listeners).toBe(0);
    bus.on('a', note('z'));
    stop();
    bus.emit('a');
    expect(heard).toEqual(['z']);
  });

  it.each([
    ['once()', (handler: () => void) => bus.once('a', handler, { priority: 1 })],
    ['the option', (handler: () => void) => bus.on('a', handler, { once: true })],
    ['a pattern', (handler: () => void) => bus.once('*', handler)],
  ])('that are for once, by %s, are called once, also when emits overlap', (_, add) => {
    let isOuter = true;
    const emitInside = (): void => {
      if (!isOuter) return;
      isOuter = false;
      bus.emit('a');
    };
    bus.on('a', emitInside, { priority: 2 });
    add(note('once'));
    bus.on('a', note('always'));
    bus.emit('a');
    expect(heard).toEqual(['once', 'always', 'always']);
    bus.emit('a');
    expect(heard).toHaveLength(4);
    expect(bus.listenerCount('a')).toBe(2);
  });

  it('that are for once may be removed before, and throw like others', () => {
    bus.once('a', note('x'))();
    bus.once('a', () => {
      throw new Error('once');
    });
    expect(() => bus.emit('a')).toThrow('once');
    bus.emit('a');
    expect(heard).toEqual([]);
  });
});

describe('a signal', () => {
  it('removes its handlers when it aborts, and is let go with them', () => {
    const controller = new AbortController();
    const { signal } = controller;
    let held = 0;
    const watched = Object.assign(signal, {
      addEventListener: (...args: Parameters<AbortSignal['addEventListener']>) => {
        held++;
        EventTarget.prototype.addEventListener.apply(signal, args);
      },
      removeEventListener: (...args: Parameters<AbortSignal['removeEventListener']>) => {
        held--;
        EventTarget.prototype.removeEventListener.apply(signal, args);
      },
    });
    bus.on('a', note('aborted'), { signal: watched });
    bus.on('a', note('stays'));
    bus.on('a', note('removed'), { signal: watched })();
    bus.once('a', note('once'), { signal: watched });
    bus.emit('a');
    expect(heard.splice(0)).toEqual(['aborted', 'stays', 'once']);
    expect(held).toBe(1);
    controller.abort();
    bus.emit('a');
    expect(heard).toEqual(['stays']);
    expect(held).toBe(0);
  });

  it('that has aborted adds nothing', () => {
    const stop = bus.on('a', note('x'), { signal: AbortSignal.abort() });
    bus.emit('a');
    stop();
    expect(heard).toEqual([]);
    expect(bus.stats().listeners).toBe(0);
  });
});

describe('changes during an emit', () => {
  it('count from the next one on', () => {
    const controller = new AbortController();
    bus.on('a', () => {
      bus.on('a', note('added'), { priority: 9 });
      stop();
      controller.abort();
    });
    const stop = bus.on('a', note('removed'));
    bus.on('*', note('aborted'), { signal: controller.signal });
    bus.emit('a');
    expect(heard.splice(0)).toEqual(['removed', 'aborted']);
    bus.emit('a');
    expect(heard).toEqual(['added']);
  });

  it('count for an emit inside, which is a next one', () => {
    bus.once('a', () => {
      bus.clear();
      bus.on('a', note('new'));
      bus.emit('a');
    });
    bus.on('a', note('old'));
    bus.emit('a');
    expect(heard).toEqual(['new', 'old']);
  });
});

describe('what handlers throw', () => {
  const fail = (error: unknown) => () => {
    throw error;
  };

  it('stops no other and is thrown as it is, be it no error at all', () => {
    for (const thrown of [new Error('x'), 'text', undefined, null]) {
      const stop = bus.on('a', fail(thrown), { priority: 1 });
      bus.once('a', note('after'));
      let caught: unknown = 'nothing';
      try {
        bus.emit('a');
      } catch (error) {
        caught = error;
      }
      expect(caught).toBe(thrown);
      stop();
    }
    expect(heard).toEqual(['after', 'after', 'after', 'after']);
    bus.emit('a');
  });

  it('is thrown together when it is more than one, in the order of the handlers', () => {
    bus.on('a', fail('second'));
    bus.on('a', note('between'));
    bus.on('*', fail('third'));
    bus.on('a', fail('first'), { priority: 1 });
    expect(() => bus.emit('a')).toThrow(
      expect.objectContaining({
        name: 'AggregateError',
        errors: ['first', 'second', 'third'],
        message: '3 errors in a',
      }),
    );
    expect(heard).toEqual(['between']);
  });
});

describe('bad input', () => {
  const handler = (): void => undefined;
  const on = (...args: readonly unknown[]) => bus.on(...(args as [string, () => void, ListenOptions]));
  const once = (...args: readonly unknown[]) => bus.once(...(args as [string, () => void, ListenOptions]));
  const off = (...args: readonly unknown[]) => bus.off(...(args as [string, () => void]));
  const bare: unknown = Object.create(null);
  const COUNT = 'expected a whole number from 1 up';

  it.each([
    ['an empty name', () => on('', handler), 'event or pattern is "" (string), expected a name'],
    ['no name', () => on(undefined, handler), 'event or pattern is undefined (undefined), expected a name'],
    ['a symbol', () => on(Symbol('x'), handler), 'event or pattern is Symbol(x) (symbol), expected a name'],
    ['no function', () => on('a'), 'handler is undefined (undefined), expected a function'],
    ['an object as handler', () => once('a', bare), 'handler is (object), expected a function'],
    ['no options', () => on('a', handler, null), 'options is null (object), expected an object'],
    ['options that are none', () => once('a', handler, 5), 'options is 5 (number), expected an object'],
    ['a NaN priority', () => on('a', handler, { priority: Number.NaN }), 'priority is NaN (number), expected a number'],
    ['a text priority', () => on('a', handler, { priority: '1' }), 'priority is "1" (string), expected a number'],
    ['once that is no boolean', () => on('a', handler, { once: 1 }), 'once is 1 (number), expected a boolean'],
    ['no signal', () => on('a', handler, { signal: {} }), 'signal is (object), expected an AbortSignal'],
    ['a null signal', () => on('a', handler, { signal: null }), 'signal is null (object), expected an AbortSignal'],
    ['off without a name', () => off('', handler), 'event or pattern is "" (string), expected a name'],
    ['off without a handler', () => off('a'), 'handler is undefined (undefined), expected a function'],
    ['an emit of nothing', () => bus.emit(''), 'event is "" (string), expected a name without *'],
    ['an emit of a pattern', () => bus.emit('a*' as string), 'event is "a*" (string), expected a name without *'],
    ['an emit of no text', () => bus.emit(1 as never), 'event is 1 (number), expected a name without *'],
    [
      'a count of a pattern',
      () => bus.listenerCount('*' as string),
      'event is "*" (string), expected a name without *',
    ],
    ['a middleware', () => bus.use(1 as never), 'middleware is 1 (number), expected a function'],
    ['no options of the bus', () => new EventBus(null as never), 'options is null (object), expected an object'],
    ['a bus for none', () => new EventBus({ maxListeners: 0 }), `maxListeners is 0 (number), ${COUNT}`],
    ['a bus for half', () => new EventBus({ maxListeners: 1.5 }), `maxListeners is 1.5 (number), ${COUNT}`],
    ['a bus for NaN', () => new EventBus({ maxListeners: Number.NaN }), `maxListeners is NaN (number), ${COUNT}`],
    ['a bus for a text', () => new EventBus({ maxListeners: '1' as never }), `maxListeners is "1" (string), ${COUNT}`],
    [
      'a bus for all',
      () => new EventBus({ maxListeners: Number.POSITIVE_INFINITY }),
      `maxListeners is Infinity (number), ${COUNT}`,
    ],
  ])('%s is named, and leaves the bus as it was', (_, act, reason) => {
    bus.on('a', note('x'));
    const before = bus.stats();
    expect(act).toThrow(expect.objectContaining({ code: 'invalid-argument', reason }));
    expect(bus.stats()).toEqual(before);
    bus.on('a', note('y'), {});
    bus.emit('a');
    expect(heard).toEqual(['x', 'y']);
  });

  it('of an emit that waits is a rejection', async () => {
    for (const kind of ['emitParallel', 'emitSerial', 'emitReduce', 'emitReduceRight'] as const) {
      await expect(bus[kind]('')).rejects.toMatchObject({ code: 'invalid-argument' });
      await bus[kind]('a');
    }
  });
});
