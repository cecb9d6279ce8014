import { nameOf } from './case.js';
import type { CaseResult } from './run.js';

export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const WORDS = { ok: 'ok  ', failed: 'FAIL', skipped: 'skip' } as const;

/** `ok   ws   streams: count in order`, and what there is to say about it. */
export function lineOf(result: CaseResult): string {
  const { outcome, via, note } = result;
  const name = nameOf(result).slice(via.length + 1);
  return `${WORDS[outcome]} ${via.padEnd(4)} ${name}${note === undefined ? '' : ` — ${note}`}`;
}

export function totalsOf(results: readonly CaseResult[]): Totals {
  const count = (outcome: CaseResult['outcome']): number =>
    results.filter((result) => result.outcome === outcome).length;
  return { passed: count('ok'), failed: count('failed'), skipped: count('skipped') };
}

/** The last lines of a report. */
export function summaryOf({ passed, failed, skipped }: Totals): readonly string[] {
  const rest = skipped === 0 ? [] : [`${skipped} skipped: they need a server with accounts, and --auth`];
  return [...rest, `${passed} passed, ${failed} failed`];
}
