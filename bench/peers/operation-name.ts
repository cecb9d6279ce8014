/** Beside what each operation of ours is measured; `netron` is our own function without the thing that is measured. */
export const PEER_OF = {
  'read.stable': 'tanstack',
  'read.newkey': 'tanstack',
  'read.fetchHit': 'tanstack',
  observe: 'tanstack',
  'set.notify0': 'tanstack',
  'set.notify1': 'tanstack',
  'set.notify1000': 'tanstack',
  'invalidate.prefix': 'tanstack',
  'invalidate.where': 'tanstack',
  'insert/entry': 'tanstack',
  'insert.lru/entry': 'lru-cache',
  'dedupe/call': 'tanstack',
  'dehydrate/entry': 'tanstack',
  'hydrate/entry': 'tanstack',
  'mem.entry': 'tanstack',
  'mem.observer': 'tanstack',
  optimistic1k: 'tanstack',
  'tap.off': 'netron',
  'tap.on': 'netron',
} as const satisfies Readonly<Record<string, Subject>>;

export type Subject = 'netron' | 'tanstack' | 'lru-cache';
export type OperationName = keyof typeof PEER_OF;
/** Those that are measured beside one peer. */
export type OperationBeside<S extends Subject> = {
  [K in OperationName]: (typeof PEER_OF)[K] extends S ? K : never;
}[OperationName];

export const OPERATION_NAMES = Object.keys(PEER_OF) as readonly OperationName[];

export function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(PEER_OF, name);
}
