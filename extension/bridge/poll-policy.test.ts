import { describe, expect, it } from 'vitest';
import { IDLE_AFTER_MS, POLL_IDLE_MS, POLL_MORE_MS, POLL_MS, RETRY_MS } from './limits.js';
import { nextPoll, type PollResult, wake } from './poll-policy.js';

const NOW = 100_000;
const active = { nextAtMs: 0, activeAtMs: NOW - 10 };
const almostIdle = { nextAtMs: 0, activeAtMs: NOW - IDLE_AFTER_MS + 1 };
const idle = { nextAtMs: 0, activeAtMs: NOW - IDLE_AFTER_MS };

describe('nextPoll', () => {
  it.each<[string, typeof active, PollResult, number, number]>([
    ['records came', idle, { kind: 'records', more: false }, POLL_MS, NOW],
    ['more are waiting', idle, { kind: 'records', more: true }, POLL_MORE_MS, NOW],
    ['nothing came, a moment after something', active, { kind: 'nothing' }, POLL_MS, active.activeAtMs],
    ['nothing came for nearly four seconds', almostIdle, { kind: 'nothing' }, POLL_MS, almostIdle.activeAtMs],
    ['nothing came for four seconds', idle, { kind: 'nothing' }, POLL_IDLE_MS, idle.activeAtMs],
    ['the document is being replaced', active, { kind: 'retry' }, RETRY_MS, active.activeAtMs],
    ['it is being replaced for long', idle, { kind: 'retry' }, RETRY_MS, idle.activeAtMs],
    ['it is out of reach', active, { kind: 'denied' }, POLL_IDLE_MS, active.activeAtMs],
  ])('when %s', (_, state, result, delayMs, activeAtMs) => {
    expect(nextPoll(state, result, NOW)).toEqual({ nextAtMs: NOW + delayMs, activeAtMs });
  });
});

describe('wake', () => {
  it('asks now, and often for a while', () => {
    const woken = wake(idle, NOW);
    expect(woken).toEqual({ nextAtMs: NOW, activeAtMs: NOW });
    expect(nextPoll(woken, { kind: 'nothing' }, NOW + 1_000).nextAtMs).toBe(NOW + 1_000 + POLL_MS);
    expect(wake({ nextAtMs: 0, activeAtMs: NOW + 5 }, NOW).activeAtMs).toBe(NOW + 5);
  });
});
