import type { Fault } from './decide-fault.js';

/** What is sent in place of an answer's bytes: nothing, one message or two. Order and closing are the sender's. */
export function distort(bytes: Uint8Array, fault: Fault | undefined): readonly Uint8Array[] {
  switch (fault?.effect.kind) {
    case 'drop':
    case 'close':
      return [];
    case 'truncate':
      return [bytes.subarray(0, bytes.length >> 1)];
    case 'corrupt':
      return [withOneByteChanged(bytes, fault.position)];
    case 'duplicate':
      return [bytes, bytes];
    default:
      return [bytes];
  }
}

function withOneByteChanged(bytes: Uint8Array, position: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const i = Math.floor(position * copy.length);
  // All bits but the highest, so that text stays text of the same length and only its meaning breaks.
  if (i < copy.length) copy[i] = (copy[i] as number) ^ 0x7f;
  return copy;
}
