/** Why something happened (DESIGN D6). Stored as an index into this list; append only, never reorder. */
export const TAP_REASONS = [
  '',
  'user',
  'mount',
  'focus',
  'reconnect',
  'interval',
  'stale',
  'tag',
  'pattern',
  'manual',
  'rollback',
  'commit',
  'fetch',
  'args',
  'unmount',
  'gc',
  'lru',
  'devtools',
  'retry',
  'error',
] as const;
export type TapReason = (typeof TAP_REASONS)[number];

const INDEX: ReadonlyMap<string, number> = new Map(TAP_REASONS.map((reason, index) => [reason, index]));

export function reasonIndex(reason: TapReason): number {
  return INDEX.get(reason) as number;
}
