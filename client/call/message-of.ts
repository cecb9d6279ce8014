/** What was thrown, in words. Never throws itself: an object may have no text. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something without a text';
  }
}
