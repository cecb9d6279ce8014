import { describe, expect, it } from 'vitest';
import { EventBus } from './event-bus.js';
import { EVENT_NAMES_CACHED, MAX_EVENT_LISTENERS, MAX_EVENT_MIDDLEWARE, MAX_EVENT_NESTING } from './event-limits.js';

const nothing = (): void => undefined;

describe('the bounds of a bus', () => {
  it('refuse one handler too many, say of which event, and let in another when one has gone', () => {
    const bus = new EventBus({ maxListeners: 2 });
    const { signal } = new AbortController();
    bus.on('a', nothing);
    const stop = bus.on('b:*', nothing);
    expect(() => bus.on('order:created', nothing, { signal })).toThrow(
      expect.objectContaining({
        code: 'overflow',
        reason: '"order:created" is one handler more than maxListeners, 2: are they never removed?',
        details: { event: 'order:created', maxListeners: 2 },
      }),
    );
    expect(bus.listenerCount('order:created')).toBe(0);
    expect(bus.stats()).toMatchObject({ listeners: 2, patterns: 1 });
    stop();
    bus.on('order:created', nothing);
    expect(bus.listenerCount('order:created')).toBe(1);
  });

  it('are 10,000 handlers by default, in the whole', () => {
    const bus = new EventBus();
    for (let n = 0; n < MAX_EVENT_LISTENERS; n++) bus.on(n % 2 === 0 ? 'a' : `a:${n}`, nothing);
    expect(() => bus.on('*', nothing)).toThrow(expect.objectContaining({ code: 'overflow' }));
    expect(bus.listenerCount('a')).toBe(MAX_EVENT_LISTENERS / 2);
    bus.clear();
    bus.on('*', nothing);
    expect(bus.stats().listeners).toBe(1);
  });

  it('hold the list of so many names, and count those given up', () => {
    const bus = new EventBus();
    let calls = 0;
    bus.on('order:*', () => calls++);
    for (let n = 0; n < EVENT_NAMES_CACHED + 3; n++) bus.emit(`order:${n}`);
    expect(bus.stats()).toMatchObject({ cachedNames: EVENT_NAMES_CACHED, evictedNames: 3 });
    bus.emit('order:0');
    expect(calls).toBe(EVENT_NAMES_CACHED + 4);
    bus.emit('order:0');
    expect(bus.stats().evictedNames).toBe(4);
  });

  it('keep nothing of names whose handlers are gone', () => {
    const bus = new EventBus();
    bus.emit('kept');
    for (let n = 0; n < 100; n++) {
      const stops = [bus.on(`a:${n}`, nothing), bus.on(`a:${n}:*`, nothing)];
      bus.emit(`a:${n}`);
      for (const stop of stops) stop();
    }
    expect(bus.stats()).toEqual({ listeners: 0, patterns: 0, middleware: 0, cachedNames: 0, evictedNames: 0 });
  });

  it('refuse one layer of middleware too many, and let in another when one has gone', () => {
    const bus = new EventBus();
    const stops = Array.from({ length: MAX_EVENT_MIDDLEWARE }, () => bus.use((_event, _args, next) => next()));
    expect(() => bus.use(nothing)).toThrow(expect.objectContaining({ code: 'overflow' }));
    expect(bus.stats().middleware).toBe(MAX_EVENT_MIDDLEWARE);
    let calls = 0;
    bus.on('a', () => calls++);
    bus.emit('a');
    expect(calls).toBe(1);
    for (const stop of stops) stop();
    bus.use(nothing);
    expect(bus.stats().middleware).toBe(1);
  });
});

describe('events in a circle', () => {
  it.each(['emit', 'emitParallel', 'emitSerial', 'emitReduce'] as const)(
    'fail in %s instead of unwinding for ever, with all the middleware there may be',
    async (kind) => {
      const bus = new EventBus();
      for (let n = 0; n < MAX_EVENT_MIDDLEWARE; n++) bus.use(async (_event, _args, next) => void (await next()));
      let calls = 0;
      const again = (event: string) => () => {
        calls++;
        return bus[kind](event);
      };
      const stops = [bus.on('a', again('b')), bus.on('a', again('b')), bus.on('b', again('a')), bus.on('*', nothing)];
      await expect((async () => bus[kind]('a'))()).rejects.toMatchObject({
        code: 'overflow',
        reason: `${MAX_EVENT_NESTING % 2 === 0 ? 'a' : 'b'} is emitted inside itself, ${MAX_EVENT_NESTING} times over`,
      });
      expect(calls).toBe(MAX_EVENT_NESTING);
      for (const stop of stops) stop();
      bus.on('a', again('c'));
      await bus[kind]('a');
      expect(calls).toBe(MAX_EVENT_NESTING + 1);
    },
  );

  it('are none when each waits for something first', async () => {
    const bus = new EventBus();
    let depth = 0;
    bus.on('a', async () => {
      await Promise.resolve();
      if (++depth < MAX_EVENT_NESTING * 3) await bus.emitSerial('a');
    });
    await bus.emitSerial('a');
    expect(depth).toBe(MAX_EVENT_NESTING * 3);
  });
});
