const MAX_ATTEMPTS = 3_000;

/** The shortest input found that still fails: pieces are left out, halves first, then bytes become zero. */
export function minimise(bytes: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  let best = bytes;
  let attempts = 0;
  const improves = (candidate: Uint8Array): boolean => {
    if (attempts++ >= MAX_ATTEMPTS || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let size = best.length >> 1; size >= 1; size = size >> 1) {
    for (let at = 0; at < best.length; ) {
      const without = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
      if (!improves(without)) at += size;
    }
  }
  for (let at = 0; at < best.length; at++) if (best[at] !== 0) improves(best.with(at, 0));
  return best;
}
