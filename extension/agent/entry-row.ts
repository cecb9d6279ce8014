import type { EntryRow, TapEntry, TapRow } from '../../protocol/index.js';
import * as TapKind from '../../protocol/tap/tap-kind.js';
import { clip, errorLine, previewArgs } from './preview.js';
import { redactText } from './redaction.js';

export function entryRow(entry: TapEntry, client: string): EntryRow {
  const { error, maxAgeMs } = entry;
  return {
    id: entry.id,
    client,
    backend: entry.backend,
    service: entry.service,
    method: entry.method,
    args: previewArgs(entry.args),
    tags: entry.tags.slice(0, 20).map((tag) => clip(redactText(String(tag), 60), 60)),
    observers: entry.observers,
    hasBase: entry.hasBase,
    updatedAtMs: entry.updatedAtMs,
    maxAgeMs: Number.isFinite(maxAgeMs) ? maxAgeMs : -1,
    invalidated: entry.invalidated,
    evicted: entry.evicted,
    fetching: entry.fetching,
    error: error instanceof Error ? clip(errorLine(error), 200) : '',
    sizeBytes: entry.sizeBytes,
    hits: entry.hits,
    writes: entry.writes,
    lastReason: entry.lastReason,
    layers: entry.layers.map(({ call, state }) => ({ call: call.seq, state })),
  };
}

/** The entry whose state a record may have changed. */
export function touchedEntry([, kind, , , , ref]: TapRow): TapEntry | undefined {
  if (kind === TapKind.callStart || kind === TapKind.callEnd)
    return (ref as { entry?: TapEntry | null }).entry ?? undefined;
  if (kind >= TapKind.cacheWrite && kind <= TapKind.signalDispose) return (ref as TapEntry | null) ?? undefined;
  return undefined;
}
