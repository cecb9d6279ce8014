import { MAX_MESSAGE_LENGTH } from '../limits.js';

/** The text of whatever was thrown, at most {@link MAX_MESSAGE_LENGTH} characters of it. Never throws itself. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown).slice(0, MAX_MESSAGE_LENGTH);
  } catch {
    return 'Unknown error';
  }
}
