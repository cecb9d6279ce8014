import { median } from '../statistics.ts';
import type { Figure } from './figure.ts';

/** One round's figures of one operation; of the tap, ours alone. */
export interface Pair {
  readonly ours: Figure;
  readonly peer: Figure;
}

/** An operation as it is printed. Of `mem.*`, the fields called `_ns` hold bytes. */
export interface Comparison {
  readonly ours_ns: number;
  readonly peer_ns: number;
  /** Peer over ours, the median of the rounds' ratios: above 1, ours is better. */
  readonly ratio: number;
  /** Of the tap: what one emit adds. */
  readonly added_ns?: number;
  /** Of dehydration: bytes of JSON per entry, and peer over ours. */
  readonly ours_bytes?: number;
  readonly peer_bytes?: number;
  readonly bytes_ratio?: number;
}

/** The figures of several rounds, at least one. */
export function compare(pairs: readonly Pair[]): Comparison {
  const over = (figure: (pair: Pair) => number): number => rounded(median(pairs.map(figure)));
  const comparison = {
    ours_ns: over(({ ours }) => ours.value),
    peer_ns: over(({ peer }) => peer.value),
    ratio: over(({ ours, peer }) => peer.value / ours.value),
  };
  if (pairs.some(({ ours }) => ours.baseline !== undefined)) {
    return { ...comparison, added_ns: over(({ ours, peer }) => ours.value - peer.value) };
  }
  if (pairs.every(({ ours, peer }) => ours.textBytes === undefined || peer.textBytes === undefined)) return comparison;
  const oursBytes = over(({ ours }) => ours.textBytes ?? Number.NaN);
  const peerBytes = over(({ peer }) => peer.textBytes ?? Number.NaN);
  return { ...comparison, ours_bytes: oursBytes, peer_bytes: peerBytes, bytes_ratio: rounded(peerBytes / oursBytes) };
}

/** Four digits say more than can be measured. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
