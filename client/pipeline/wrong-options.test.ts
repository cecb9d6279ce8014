import { describe, expect, it } from 'vitest';
import type { BackendOptions } from '../client-options.js';
import { NetronClient } from '../netron-client.js';
import { PipelineStage } from './test-pipeline-stage.js';

const stage = PipelineStage.set();

const get = (options = {}) => stage.client.query('users@1.0.0', 'get', ['u1'], options);
const create = (options = {}) => stage.client.mutate('users@1.0.0', 'create', ['new'], options);

describe('an option of a call that is wrong', () => {
  it.each<[string, unknown, string]>([
    ['retry', 'often', 'option retry is "often" (string), expected false, a whole number from 0 to 100 or an object'],
    ['retry', -1, 'option retry is -1 (number), expected false, a whole number from 0 to 100 or an object'],
    ['retry', { attempts: 1.5 }, 'option retry.attempts is 1.5'],
    ['retry', { times: 3 }, 'option retry.times is 3'],
    ['priority', 'urgent', 'option priority is "urgent" (string), expected high or normal or low'],
    ['priority', 7, 'option priority is 7 (number)'],
    ['metrics', {}, 'option metrics is [object Object] (object), expected a function'],
    ['transform', 'trim', 'option transform is "trim" (string), expected a function'],
    ['validate', { parse: () => 1 }, 'option validate is [object Object] (object), expected a predicate or a Standard'],
    ['validate', { '~standard': null }, 'option validate is [object Object]'],
  ])('is named: %s = %j', async (name, value, reason) => {
    for (const call of [get, create]) {
      await expect(call({ [name]: value })).rejects.toMatchObject({
        code: 'invalid-argument',
        reason: expect.stringContaining(reason),
        service: 'users@1.0.0',
      });
    }
    expect(stage.server.requests).toEqual([]);
    expect(stage.runtime.timers).toBe(0);
    expect(await get({ [name]: undefined })).toEqual(['u1']);
  });

  it('is named for a mutation alone too', async () => {
    await expect(create({ retry: 1, idempotent: 'yes' })).rejects.toMatchObject({
      code: 'invalid-argument',
      reason: 'option idempotent is "yes" (string), expected true or false',
    });
    expect(await create({ retry: 1, idempotent: true })).toEqual(['new']);
  });
});

describe('an option of a backend that is wrong', () => {
  it.each<[object, string]>([
    [{ circuitBreaker: 'on' }, 'option backends.main.circuitBreaker is "on"'],
    [{ circuitBreaker: { threshold: 0 } }, 'option backends.main.circuitBreaker.threshold is 0'],
    [{ circuitBreaker: { limit: 1 } }, 'option backends.main.circuitBreaker.limit is 1'],
    [{ maxConcurrent: 0 }, 'option backends.main.maxConcurrent is 0 (number), expected a whole number from 1'],
    [{ maxConcurrent: '4' }, 'option backends.main.maxConcurrent is "4" (string)'],
    [{ middleware: () => 1 }, 'option backends.main.middleware is [object Function] (function), expected a list'],
    [{ middleware: [7] }, 'option backends.main.middleware[0] is 7 (number), expected a function'],
    [{ auth: 'bearer' }, 'option backends.main.auth is "bearer" (string), expected an object'],
    [{ auth: { mode: 'basic' } }, 'option backends.main.auth.mode is "basic" (string), expected bearer or cookie'],
    [{ auth: { storage: 'disk' } }, 'option backends.main.auth.storage is "disk"'],
    [{ auth: { storageKey: 7 } }, 'option backends.main.auth.storageKey is 7'],
    [{ auth: { refresh: 'me' } }, 'option backends.main.auth.refresh is "me" (string), expected a function'],
    [{ auth: { tokenOf: {} } }, 'option backends.main.auth.tokenOf is [object Object]'],
    [{ auth: { csrfCookie: null } }, 'option backends.main.auth.csrfCookie is null'],
    [{ auth: { token: 't' } }, 'option backends.main.auth.token is "t"'],
  ])('is named by its calls, and no other backend’s: %j', async (options, reason) => {
    stage.client.close();
    const backends = { main: { url: stage.server.url, ...options } as BackendOptions, good: stage.server.url };
    stage.client = new NetronClient({ backends, default: 'good', runtime: stage.runtime });
    const bad = { name: 'users', version: '1.0.0', backend: 'main' } as never;
    for (let i = 0; i < 2; i++) {
      await expect(stage.client.mutate(bad, 'get' as never, [] as never)).rejects.toMatchObject({
        code: 'invalid-config',
        reason: expect.stringContaining(reason),
      });
    }
    expect(stage.server.requests).toEqual([]);
    expect(await get()).toEqual(['u1']);
    expect(stage.runtime.timers).toBe(0);
  });
});
