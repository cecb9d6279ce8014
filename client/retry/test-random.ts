/** Uniform in [0, 1), the same for the same seed: a 32-bit xorshift whose state is spread by a multiplication. */
export function seededRandom(seed: number): () => number {
  let state = (seed * 0x9e3779b1 + 0x85ebca6b) | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2c1b3c6d) >>> 0) / 2 ** 32;
  };
}
