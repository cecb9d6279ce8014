import { expect, it } from 'vitest';
import { compare } from './comparison.ts';

const pair = (ours: number, peer: number) => ({ ours: { value: ours }, peer: { value: peer } });

it('takes the ratio inside each round, and the median over the rounds of each figure', () => {
  // The second round ran on a machine ten times as slow.
  expect(compare([pair(10, 30), pair(100, 400), pair(12, 60)])).toEqual({ ours_ns: 12, peer_ns: 60, ratio: 4 });
});

it('says what the tap adds to its own baseline', () => {
  const ours = { value: 12, baseline: 4 };
  expect(compare([{ ours, peer: { value: 4 } }])).toEqual({ ours_ns: 12, peer_ns: 4, ratio: 0.3333, added_ns: 8 });
});

it('compares the bytes of the texts where there are any', () => {
  const [ours, peer] = [
    { value: 1, textBytes: 100 },
    { value: 2, textBytes: 250 },
  ];
  expect(compare([{ ours, peer }])).toMatchObject({ ratio: 2, ours_bytes: 100, peer_bytes: 250, bytes_ratio: 2.5 });
});
