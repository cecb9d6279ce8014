import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetronClient } from '../netron-client.js';
import { isNetronError } from '../netron-error.js';
import { type TestAnswer, TestHttpServer } from '../testing/test-http-server.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { outcomeOf } from '../testing/test-watch.js';
import { answer, cut, refuse } from './test-answers.js';

const MAX_CONCURRENT = 2;

/** Counts the requests that are out. */
class CountingRuntime extends TestRuntime {
  out = 0;
  most = 0;

  override fetch(url: string, init: RequestInit): Promise<Response> {
    this.out++;
    this.most = Math.max(this.most, this.out);
    let isOut = true;
    const back = (): void => {
      if (isOut) this.out--;
      isOut = false;
    };
    init.signal?.addEventListener('abort', back);
    const response = super.fetch(url, init);
    response.then(back, back);
    return response;
  }
}

let server: TestHttpServer;

beforeAll(async () => {
  server = await TestHttpServer.open();
});
afterAll(() => server.close());

const never: TestAnswer = () => undefined;
const ANSWERS: Readonly<Record<string, TestAnswer>> = {
  good: answer('good'),
  busy: refuse(503),
  wrong: refuse(404),
  unauthorized: refuse(401),
  cut,
  never,
};

const callPlan = fc.record({
  isQuery: fc.boolean(),
  priority: fc.constantFrom('high', 'normal', 'low'),
  timeout: fc.constantFrom(40, 200, 1_000),
  retry: fc.constantFrom<number | false>(false, 1, 3),
  abortAfter: fc.option(fc.nat(12)),
});

describe('calls through everything that is around them', () => {
  it('settle once each, never more at a time than may be, and leave nothing behind, in any schedule', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(callPlan, { minLength: 1, maxLength: 12 }),
        fc.array(fc.constantFrom(...Object.keys(ANSWERS)), { maxLength: 30 }),
        fc.boolean(),
        async (plans, answers, withMiddleware) => {
          const runtime = new CountingRuntime();
          server.answers.length = 0;
          server.answers.push(...answers.map((name) => ANSWERS[name] as TestAnswer));
          const main = {
            url: server.url,
            maxConcurrent: MAX_CONCURRENT,
            circuitBreaker: { threshold: 4, cooldownTime: 50 },
            auth: { refresh: async () => nextTurn('new') },
          };
          const client = new NetronClient({ backends: { main }, runtime });
          if (withMiddleware) client.use(async (_context, next) => next());
          let settled = 0;
          const calls = plans.map(({ isQuery, abortAfter, ...options }, i) => {
            const controller = new AbortController();
            const given = { ...options, signal: controller.signal };
            const call = isQuery
              ? client.query('users@1.0.0', 'get', [i % 3], given)
              : client.mutate('users@1.0.0', 'set', [i], { ...given, idempotent: i % 2 === 0 });
            const outcome = outcomeOf(call).then((result) => {
              settled++;
              return result;
            });
            return { controller, abortAfter, outcome };
          });
          for (let turn = 0; settled < calls.length; turn++) {
            for (const { controller, abortAfter } of calls) if (abortAfter === turn) controller.abort();
            await nextTurn();
            runtime.advance(10);
          }
          for (const { outcome } of calls) {
            const result = await outcome;
            if ('error' in result) expect(isNetronError(result.error)).toBe(true);
          }
          expect(settled).toBe(calls.length);
          expect(runtime.most).toBeLessThanOrEqual(MAX_CONCURRENT);
          // No slot and no permit is lost: as many as may be go at once, and well.
          server.answers.length = 0;
          await (await client.backend()).resetBreaker();
          const after = Array.from({ length: 2 * MAX_CONCURRENT }, (_, i) => client.mutate('users@1.0.0', 'set', [i]));
          expect(await Promise.all(after)).toEqual(after.map((_, i) => [i]));
          expect(runtime.timers).toBe(0);
          client.close();
        },
      ),
      { numRuns: 60 },
    );
  });
});
