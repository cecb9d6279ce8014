/** Why something happened (DESIGN D6). Sent to the panel as an index into this list: append only, never reorder. */
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
