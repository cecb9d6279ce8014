import { clip } from './preview.js';
import { redactText } from './redaction.js';

const WORDS_CHARS = 200;

/** A selector of an invalidation in words: `tag users`, `users.*`, `/list$/`, `predicate stale`. */
export function selectorWords(selector: unknown): string {
  return clip(redactText(words(selector), WORDS_CHARS), WORDS_CHARS);
}

function words(selector: unknown): string {
  if (typeof selector === 'string') return `tag ${selector}`;
  if (selector instanceof RegExp) return RegExp.prototype.toString.call(selector);
  if (typeof selector === 'function') return selector.name === '' ? 'predicate' : `predicate ${selector.name}`;
  const { method, name, version } = Object(selector) as { method?: unknown; name?: unknown; version?: unknown };
  if (typeof method === 'string') return method;
  return `${String(name)}${version === undefined ? '' : `@${String(version)}`}.*`;
}
