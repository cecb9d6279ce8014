import { IDLE_AFTER_MS, POLL_IDLE_MS, POLL_MORE_MS, POLL_MS, RETRY_MS } from './limits.js';

/** What the last drain brought. */
export type PollResult =
  | { readonly kind: 'records'; readonly more: boolean }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'retry' }
  | { readonly kind: 'denied' };

export interface PollState {
  readonly nextAtMs: number;
  /** When the last record came. */
  readonly activeAtMs: number;
}

/** When to ask again: at once while more waits, ten times a second while records come, seldom when the page is quiet. */
export function nextPoll(state: PollState, result: PollResult, nowMs: number): PollState {
  switch (result.kind) {
    case 'records':
      return { nextAtMs: nowMs + (result.more ? POLL_MORE_MS : POLL_MS), activeAtMs: nowMs };
    case 'nothing': {
      const idle = nowMs - state.activeAtMs >= IDLE_AFTER_MS;
      return { ...state, nextAtMs: nowMs + (idle ? POLL_IDLE_MS : POLL_MS) };
    }
    case 'retry':
      return { ...state, nextAtMs: nowMs + RETRY_MS };
    case 'denied':
      return { ...state, nextAtMs: nowMs + POLL_IDLE_MS };
  }
}

/** Something is about to happen: a command, a navigation, the panel coming to the front. */
export function wake(state: PollState, nowMs: number): PollState {
  return { nextAtMs: nowMs, activeAtMs: Math.max(state.activeAtMs, nowMs) };
}
