/** An argument that is sent item by item: an upload. Its items can be had once. */
export function isSource(arg: unknown): arg is AsyncIterable<unknown> {
  return typeof arg === 'object' && arg !== null && Symbol.asyncIterator in arg;
}
