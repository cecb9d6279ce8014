/**
 * Whether the name is made of these parts in this order, with anything between them. A part that was found is not
 * searched again: unlike a RegExp, no pattern takes exponential time.
 */
export function matchesPattern(parts: readonly string[], name: string): boolean {
  const last = parts.length - 1;
  let at = 0;
  return parts.every((part, index) => {
    if (index > 0) at = index < last ? name.indexOf(part, at) : Math.max(at, name.length - part.length);
    const isThere = at >= 0 && name.startsWith(part, at);
    at += part.length;
    return isThere;
  });
}
