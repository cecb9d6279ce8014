/** One step of a seeded generator: the state to go on with, and a number uniform in [0, 1). */
export interface RandomStep {
  readonly state: number;
  readonly value: number;
}

/** A Weyl sequence through the 32-bit finalizer of MurmurHash3. Pure, so that decisions can be repeated. */
export function nextRandom(state: number): RandomStep {
  const next = (state + 0x9e3779b9) | 0;
  let x = next;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return { state: next, value: ((x ^ (x >>> 16)) >>> 0) / 2 ** 32 };
}
