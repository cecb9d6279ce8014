import { describe, expect, it, vi } from 'vitest';
import { outcomeOf } from '../testing/test-watch.js';
import { refuse, untilTimers } from './test-answers.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();
const RETRY = { attempts: 5, initialDelay: 10_000, jitter: false } as const;
const CLOSED = { error: { code: 'network', reason: 'the client was closed' } };
const never = () => new Promise<never>(() => undefined);
const get = (options = {}) => stage.client.query('users@1.0.0', 'get', ['u1'], options);
const create = (options = {}) => stage.client.mutate('users@1.0.0', 'create', ['new'], options);

describe('closing the client', () => {
  it('fails what is in flight, though it might be retried, and sends no more', async () => {
    const held = [stage.hold(), stage.hold()];
    const results = [get({ retry: RETRY }), create({ retry: RETRY, idempotent: true })].map(outcomeOf);
    await vi.waitFor(() => expect(held.flat().length).toBe(2), { interval: 1 });
    stage.client.close();
    for (const result of results) expect(await result).toMatchObject(CLOSED);
    expect(stage.server.requests.length).toBe(2);
    expect(stage.runtime.timers).toBe(0);
  });

  it('fails what pauses before its next attempt', async () => {
    stage.server.answers.push(refuse(503));
    const result = outcomeOf(get({ retry: RETRY }));
    await untilTimers(stage.runtime, 2);
    stage.client.close();
    expect(await result).toMatchObject(CLOSED);
    expect(stage.runtime.timers).toBe(0);
  });

  it('fails what waits in a middleware, for a token, for its turn, or for an answer to a conflict', async () => {
    const entered = vi.fn(never);
    const isUnderWay = () => vi.waitFor(() => expect(entered).toHaveBeenCalled(), { interval: 1 });
    const begin: (() => Promise<unknown>)[] = [
      () => {
        stage.client.use(entered);
        return get({ timeout: Number.POSITIVE_INFINITY });
      },
      () => {
        stage.use({ token: entered });
        return create();
      },
      () => {
        stage.use({ token: entered, maxConcurrent: 1 });
        void outcomeOf(create());
        return create({ timeout: Number.POSITIVE_INFINITY });
      },
      () => {
        stage.use({});
        stage.server.answers.push(refuse(409));
        return create({ onConflict: entered });
      },
    ];
    for (const call of begin) {
      entered.mockClear();
      const result = outcomeOf(call());
      await isUnderWay();
      stage.client.close();
      expect(await result).toMatchObject(CLOSED);
      expect(stage.runtime.timers).toBe(0);
    }
  });

  it('refuses what is begun later', async () => {
    stage.client.close();
    for (const call of [get, create]) await expect(call()).rejects.toMatchObject(CLOSED.error);
  });
});
