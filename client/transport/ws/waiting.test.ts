import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPacketId } from '../../../protocol/index.js';
import type { Exchange } from './exchange.js';
import { Waiting } from './waiting.js';

const exchangeOf = (id: number): Exchange => ({ id }) as Exchange;

describe('requests that wait', () => {
  it('are found by their ids and by no others, whatever comes and goes', () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant({ kind: 'ask' as const, nth: 0 }) },
      { weight: 2, arbitrary: fc.nat().map((nth) => ({ kind: 'settle' as const, nth })) },
    );
    const first = fc.constantFrom(0, 60, 0xfffffff0, 0x7ffffffe);
    fc.assert(
      fc.property(first, fc.array(step, { maxLength: 400 }), (start, steps) => {
        const waiting = new Waiting();
        const model = new Map<number, Exchange>();
        let lastId: number = start;
        for (const { kind, nth } of steps) {
          if (kind === 'ask') {
            do lastId = nextPacketId(lastId);
            while (!waiting.hasRoomFor(lastId));
            expect(model.has(lastId)).toBe(false);
            const exchange = exchangeOf(lastId);
            waiting.add(exchange);
            model.set(lastId, exchange);
          } else if (model.size > 0) {
            const [id, exchange] = [...model][nth % model.size] as [number, Exchange];
            waiting.delete(exchange);
            model.delete(id);
            expect(waiting.get(id)).toBeUndefined();
          }
          expect(waiting.size).toBe(model.size);
        }
        for (const [id, exchange] of model) expect(waiting.get(id)).toBe(exchange);
        expect(new Set(waiting.all())).toEqual(new Set(model.values()));
      }),
      { numRuns: 200 },
    );
  });

  it('are not found by an id that shares their place', () => {
    const waiting = new Waiting();
    const exchange = exchangeOf(1);
    waiting.add(exchange);
    expect(waiting.get(65)).toBeUndefined();
    waiting.delete(exchangeOf(65));
    waiting.delete(exchangeOf(1));
    expect(waiting.get(1)).toBe(exchange);
    waiting.delete(exchange);
    waiting.delete(exchange);
    expect(waiting.size).toBe(0);
  });

  it('may be thousands', () => {
    const waiting = new Waiting();
    for (let id = 1; id <= 10_000; id++) waiting.add(exchangeOf(id));
    for (let id = 1; id <= 10_000; id++) expect(waiting.get(id)?.id).toBe(id);
    expect(waiting.all()).toHaveLength(10_000);
  });
});
