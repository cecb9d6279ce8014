import { beforeEach, describe, expect, it } from 'vitest';
import { callError } from '../call/call-error.js';
import { compose, type Next } from './middleware.js';
import { MiddlewareChain } from './middleware-chain.js';
import type { Stage, StageHandler } from './stage.js';
import { testContext } from './test-context.js';

const GONE = callError('network', 'gone', { backend: 'main', service: 'users', method: 'get' });

let chain: MiddlewareChain;
let steps: unknown[];
beforeEach(() => {
  chain = new MiddlewareChain();
  steps = [];
});

function add(stage: Stage, handler: StageHandler): void {
  chain.add(handler, { stage, name: stage });
}

const answer: Next = async () => {
  steps.push('sent');
  return 'result';
};
const fail: Next = async () => {
  steps.push('sent');
  throw GONE;
};

function run(innermost: Next): Promise<unknown> {
  return compose(chain.for('main', 'users', 'get'), testContext(), innermost);
}

describe('a handler of PRE_REQUEST', () => {
  it('runs before the call, which waits for it, and cannot answer it', async () => {
    add('PRE_REQUEST', async (context, value) => {
      await Promise.resolve();
      steps.push([context.method, value]);
      return 'ignored';
    });
    expect(await run(answer)).toBe('result');
    expect(steps).toEqual([['get', undefined], 'sent']);
  });

  it('keeps the call from being sent when it throws', async () => {
    add('PRE_REQUEST', () => Promise.reject(new Error('not allowed')));
    await expect(run(answer)).rejects.toMatchObject({ reason: 'middleware PRE_REQUEST threw: not allowed' });
    expect(steps).toEqual([]);
  });
});

describe('a handler of POST_RESPONSE', () => {
  it('sees the result, and leaves it when it gives undefined', async () => {
    add('POST_RESPONSE', (_context, value) => {
      steps.push(value);
    });
    expect(await run(answer)).toBe('result');
    expect(steps).toEqual(['sent', 'result']);
  });

  it.each([['other'], [null], [0], [false]])('puts %j in its place', async (replaced) => {
    add('POST_RESPONSE', async () => replaced);
    expect(await run(answer)).toBe(replaced);
  });

  it('does not run when the call failed', async () => {
    add('POST_RESPONSE', () => expect.fail('ran'));
    await expect(run(fail)).rejects.toBe(GONE);
  });
});

describe('a handler of ERROR', () => {
  it('sees the error, and leaves it whatever else it gives', async () => {
    add('ERROR', (context, error) => steps.push([context.method, error]));
    await expect(run(fail)).rejects.toBe(GONE);
    expect(steps).toEqual(['sent', ['get', GONE]]);
  });

  it('puts an error in its place', async () => {
    add('ERROR', async () => new Error('try later'));
    await expect(run(fail)).rejects.toMatchObject({ code: 'network', reason: 'try later' });
  });

  it('does not run when the call succeeded', async () => {
    add('ERROR', () => expect.fail('ran'));
    expect(await run(answer)).toBe('result');
  });
});

it('handlers of all stages make one onion', async () => {
  add('ERROR', () => {
    steps.push('error');
  });
  add('PRE_REQUEST', () => {
    steps.push('before');
  });
  add('POST_RESPONSE', () => {
    steps.push('after');
    throw GONE;
  });
  await expect(run(answer)).rejects.toBe(GONE);
  expect(steps).toEqual(['before', 'sent', 'after', 'error']);
});
