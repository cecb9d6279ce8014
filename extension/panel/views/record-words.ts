import { TapKind } from '../../../protocol/index.js';
import type { CallRow, Effect } from '../store/call-row.js';
import type { GlyphName } from '../ui/glyph.js';

interface Words {
  readonly glyph: GlyphName;
  readonly text: string;
  /** Entry, label or count behind the text. */
  readonly about: 'entry' | 'label' | 'none';
}

/** One effect as a line of a chain. */
const WORDS: ReadonlyMap<number, Words> = new Map<number, Words>([
  [TapKind.callStart, { glyph: 'pending', text: 'started', about: 'label' }],
  [TapKind.callEnd, { glyph: 'ok', text: 'settled', about: 'none' }],
  [TapKind.frameOut, { glyph: 'up', text: 'sent', about: 'label' }],
  [TapKind.frameIn, { glyph: 'down', text: 'received', about: 'label' }],
  [TapKind.cacheWrite, { glyph: 'ok', text: 'wrote', about: 'entry' }],
  [TapKind.cacheStale, { glyph: 'stale', text: 'made stale', about: 'entry' }],
  [TapKind.cacheMiss, { glyph: 'inactive', text: 'missed', about: 'entry' }],
  [TapKind.cacheHit, { glyph: 'cached', text: 'read', about: 'entry' }],
  [TapKind.cacheShared, { glyph: 'cached', text: 'joined the request for', about: 'entry' }],
  [TapKind.cacheInvalidate, { glyph: 'stale', text: 'invalidated', about: 'label' }],
  [TapKind.cacheEvict, { glyph: 'evict', text: 'evicted', about: 'entry' }],
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
  lru: 'The cache was full, and it was the least recently used entry that nobody watches.',
};

/** A reason code as a sentence. */
export function reasonSentence(reason: string): string {
  return REASONS[reason] ?? 'The client gave no reason.';
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
