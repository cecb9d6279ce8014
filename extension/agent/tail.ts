import { TAIL_CHARS } from './limits.js';

const KEY = 'netron.devtools.tail';

/**
 * What happened between the last drain and the unload would die with the document. It is handed to the next document of
 * the same origin, whose agent gives it to the panel (BRIDGE §6.3). A page that forbids storage loses it, and the panel
 * says so.
 */
export function keepTail(drained: string): void {
  if (drained.length > TAIL_CHARS) return;
  try {
    sessionStorage.setItem(KEY, drained);
  } catch {
    // An opaque origin or a full storage: nothing can be kept.
  }
}

export function takeTail(): string {
  try {
    const tail = sessionStorage.getItem(KEY);
    if (tail === null) return '';
    sessionStorage.removeItem(KEY);
    return tail;
  } catch {
    return '';
  }
}
