import { TapKind } from '../../../protocol/index.js';
import type { CallRow, Effect } from '../store/call-row.js';
import type { GlyphName } from '../ui/glyph.js';

interface Words {
  readonly glyph: GlyphName;
  readonly text: string;
  /** Entry, label or failure behind the text. */
  readonly about: 'entry' | 'label' | 'failure' | 'none';
}

/** One effect as a line of a chain. */
const WORDS: ReadonlyMap<number, Words> = new Map<number, Words>([
  [TapKind.callStart, { glyph: 'pending', text: 'started', about: 'label' }],
  [TapKind.callAttempt, { glyph: 'retry', text: 'sent again', about: 'failure' }],
  [TapKind.callEnd, { glyph: 'ok', text: 'settled', about: 'none' }],
  [TapKind.frameOut, { glyph: 'up', text: 'sent', about: 'label' }],
  [TapKind.frameIn, { glyph: 'down', text: 'received', about: 'label' }],
  [TapKind.cacheWrite, { glyph: 'ok', text: 'wrote', about: 'entry' }],
  [TapKind.cacheStale, { glyph: 'stale', text: 'made stale', about: 'entry' }],
  [TapKind.cacheMiss, { glyph: 'inactive', text: 'missed', about: 'entry' }],
  [TapKind.cacheHit, { glyph: 'cached', text: 'read', about: 'entry' }],
  [TapKind.cacheShared, { glyph: 'cached', text: 'joined the request for', about: 'entry' }],
  [TapKind.cacheRevalidate, { glyph: 'revalidating', text: 'read, and asked again for', about: 'entry' }],
  [TapKind.cacheInvalidate, { glyph: 'stale', text: 'invalidated', about: 'label' }],
  [TapKind.cacheEvict, { glyph: 'evict', text: 'evicted', about: 'entry' }],
  [TapKind.cacheGc, { glyph: 'evict', text: 'forgotten, unused:', about: 'entry' }],
  [TapKind.optimisticApply, { glyph: 'optimistic', text: 'optimistic layer on', about: 'entry' }],
  [TapKind.optimisticCommit, { glyph: 'ok', text: 'confirmed on', about: 'entry' }],
  [TapKind.optimisticRollback, { glyph: 'rollback', text: 'rolled back on', about: 'entry' }],
  [TapKind.optimisticRebase, { glyph: 'rebase', text: 'rebased over it on', about: 'entry' }],
  [TapKind.streamOpen, { glyph: 'pending', text: 'stream opened', about: 'none' }],
  [TapKind.streamEnd, { glyph: 'ok', text: 'stream ended', about: 'none' }],
]);

export function wordsOf(effect: Effect): Words {
  return WORDS.get(effect.kind) ?? { glyph: 'inactive', text: `record ${effect.kind}`, about: 'none' };
}

const REASONS: Readonly<Record<string, string>> = {
  user: 'The app asked for it.',
  mount: 'A component was mounted that watches it.',
  args: 'A mounted component changed its arguments.',
  stale: 'It was invalidated while its last request was on its way, and somebody watches it.',
  tag: 'One of its tags was invalidated, and somebody watches it.',
  pattern: 'A pattern that covers it was invalidated, and somebody watches it.',
  manual: 'The app called refetch() or invalidate().',
  devtools: 'You asked for it in this panel.',
  rollback: 'An optimistic write below it was undone.',
  commit: 'A mutation succeeded.',
  fetch: 'An answer came from the server.',
  error: 'The call behind it failed.',
  gc: 'Nobody watched it or asked for it for a while.',
  conflict: 'The server refused it for what it was based on, and the app resolved the conflict.',
  retry: 'The attempt before failed in a way that may pass.',
  hydrate: 'Another client, such as the one that rendered the page on the server, had it.',
  unmount: 'The last component that watched it went.',
  focus: 'The page came back to the front, and somebody watches it.',
  reconnect: 'The connection came back, and somebody watches it.',
  interval: 'A component that watches it asks again from time to time.',
  lru: 'The cache was full, and it was the least recently used entry that nobody watches.',
};

/** A reason code as a sentence. */
export function reasonSentence(reason: string): string {
  return REASONS[reason] ?? 'The client gave no reason.';
}

const CIRCUITS: Readonly<Record<string, string>> = {
  ratio: 'Too many of the last calls failed: calls fail at once, without being sent.',
  threshold: 'Too many calls failed in a short time: calls fail at once, without being sent.',
  cooldown: 'It was open for long enough: one call is let through to see whether the backend is back.',
  'probe-failed': 'The call that was let through failed: it stays open for longer.',
  recovered: 'The call that was let through succeeded: calls are sent again.',
  isolated: 'The app isolated the backend: calls fail at once until the app resets it.',
  reset: 'The app reset it: calls are sent again.',
};

/** Why a circuit breaker changed, as a sentence. */
export function circuitSentence(why: string): string {
  return CIRCUITS[why] ?? 'The client gave no reason.';
}

const STATES: Readonly<Record<CallRow['state'], { readonly glyph: GlyphName; readonly words: string }>> = {
  pending: { glyph: 'pending', words: 'in flight' },
  open: { glyph: 'pending', words: 'open stream' },
  ok: { glyph: 'ok', words: 'ok' },
  error: { glyph: 'error', words: 'failed' },
  aborted: { glyph: 'aborted', words: 'aborted' },
  'rolled-back': { glyph: 'rollback', words: 'rolled back' },
  cached: { glyph: 'cached', words: 'from the cache' },
  shared: { glyph: 'cached', words: 'joined a request in flight' },
  gap: { glyph: 'inactive', words: 'records were dropped here' },
};

export function stateOfCall(row: CallRow): { readonly glyph: GlyphName; readonly words: string } {
  const pending = row.state === 'pending' && row.optimistic;
  return pending ? { glyph: 'optimistic', words: 'in flight, shown optimistically' } : STATES[row.state];
}
