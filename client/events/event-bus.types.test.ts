import { describe, expect, expectTypeOf, it } from 'vitest';
import { EventBus } from './event-bus.js';
import type { EventOutcome } from './event-middleware.js';

interface Order {
  readonly id: string;
}
interface Shop {
  'order:created': [order: Order, source?: string];
  'order:price': [total: number, order: Order];
  closed: [];
}
type Alias = { readonly changed: readonly [key: string] };

/** Only its types matter: what is in here is compiled and never run. */
function compiled(_check: (bus: EventBus<Shop>, plain: EventBus) => unknown): void {}

class Wrapper<Events extends Record<string, readonly unknown[]>> {
  readonly bus = new EventBus<Events>();
}

describe('the types of the bus', () => {
  it('infer the arguments of a handler from the event', () => {
    compiled((bus) => {
      bus.on('order:created', (...args) => expectTypeOf(args).toEqualTypeOf<[order: Order, source?: string]>());
      bus.once('order:price', (total, { id }) => {
        expectTypeOf(total).toEqualTypeOf<number>();
        expectTypeOf(id).toEqualTypeOf<string>();
      });
      bus.on('closed', (...args) => expectTypeOf(args).toEqualTypeOf<[]>());
      bus.off('order:created', (order) => expectTypeOf(order).toEqualTypeOf<Order>());
      bus.on('closed' as 'closed' | 'order:price', (...args) =>
        expectTypeOf(args).toEqualTypeOf<[] | [total: number, order: Order]>(),
      );
      expectTypeOf(bus.on('closed', () => undefined)).toEqualTypeOf<() => void>();
    });
    expect(new EventBus<Shop>().listenerCount('closed')).toBe(0);
  });

  it('give unknown to a pattern and to a bus without a map, never any', () => {
    compiled((bus, plain) => {
      bus.on('order:*', (...args) => expectTypeOf(args).toEqualTypeOf<readonly unknown[]>());
      bus.once('*', (first) => expectTypeOf(first).toEqualTypeOf<unknown>());
      plain.on('anything', (...args) => expectTypeOf(args).toEqualTypeOf<readonly unknown[]>());
      plain.on('any*', (first) => expectTypeOf(first).toEqualTypeOf<unknown>());
      plain.emit('anything', 1, 'two', {});
      expectTypeOf(plain.emitReduce('anything', 1)).toEqualTypeOf<Promise<unknown>>();
      // @ts-expect-error what a pattern hears may be no order
      bus.on('order:*', (order: Order) => order);
    });
  });

  it('say what each emit gives', () => {
    compiled((bus) => {
      expectTypeOf(bus.emit('order:created', { id: '1' })).toEqualTypeOf<void>();
      expectTypeOf(bus.emitParallel('order:created', { id: '1' }, 'web')).toEqualTypeOf<Promise<readonly unknown[]>>();
      expectTypeOf(bus.emitSerial('closed')).toEqualTypeOf<Promise<readonly unknown[]>>();
      expectTypeOf(bus.emitReduce('order:price', 1, { id: '1' })).toEqualTypeOf<Promise<number>>();
      expectTypeOf(bus.emitReduceRight('order:price', 1, { id: '1' })).toEqualTypeOf<Promise<number>>();
    });
  });

  it('refuse wrong names, arguments, handlers and options', () => {
    compiled((bus) => {
      // @ts-expect-error no such event
      bus.on('order:creatd', () => undefined);
      // @ts-expect-error no such event
      bus.emit('opened');
      // @ts-expect-error a pattern cannot be emitted
      bus.emit('order:*');
      // @ts-expect-error a pattern is no event
      bus.listenerCount('order:*');
      // @ts-expect-error an argument is missing
      bus.emit('order:created');
      // @ts-expect-error an argument of the wrong type
      bus.emit('order:created', { id: 1 });
      // @ts-expect-error an argument too many
      bus.emitParallel('closed', 1);
      // @ts-expect-error the accumulator is a number
      bus.emitReduce('order:price', '1', { id: '1' });
      // @ts-expect-error the handler wants more than the event has
      bus.on('closed', (order: Order) => order);
      // @ts-expect-error no such option
      bus.on('closed', () => undefined, { prio: 1 });
      // @ts-expect-error a priority is a number
      bus.on('closed', () => undefined, { priority: 'high' });
      // @ts-expect-error arguments are a list
      new EventBus<{ closed: string }>();
    });
  });

  it('tell a middleware by its event what it gets and may put in its place', () => {
    compiled((bus, plain) => {
      bus.use((event, args, next) => {
        expectTypeOf(event).toEqualTypeOf<keyof Shop>();
        if (event !== 'order:price') return next();
        expectTypeOf(args).toEqualTypeOf<readonly [total: number, order: Order]>();
        // @ts-expect-error these are no arguments of this event
        next(['1', { id: '1' }]);
        return next([args[0] + 1, args[1]]);
      });
      bus.use(async (_event, _args, next) => expectTypeOf(await next()).toEqualTypeOf<EventOutcome>());
      plain.use((event, args) => {
        expectTypeOf(event).toEqualTypeOf<string>();
        expectTypeOf(args).toEqualTypeOf<readonly unknown[]>();
      });
      // @ts-expect-error a middleware is a function
      bus.use('log');
    });
  });

  it('take an interface, a type alias and a type parameter as the map', () => {
    const { bus } = new Wrapper<Alias>();
    const heard: string[] = [];
    bus.on('changed', (key) => heard.push(key));
    bus.emit('changed', 'a');
    expect(heard).toEqual(['a']);
  });
});
