import type { ServiceRef } from '../service.js';
import type { Entry } from './entry.js';
import type { MethodNode } from './method-node.js';

/** What a predicate is shown of an entry. */
export interface EntryInfo {
  readonly backend: string;
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly tags: readonly string[];
  readonly data: unknown;
}

/**
 * Which entries: a tag, a pattern over `service.method` (`*` stands for anything, a RegExp is tested on it), a whole
 * service, or a predicate.
 */
export type Selector =
  | string
  | RegExp
  | { readonly method: string }
  | ServiceRef<object>
  | ((entry: EntryInfo) => boolean);

export interface SelectorIndex {
  readonly nodes: Iterable<MethodNode>;
  tagged(tag: string): Iterable<Entry>;
}

/** The entries a selector means. Method nodes are matched before any entry is visited. */
export function selectEntries(selector: Selector, index: SelectorIndex): Entry[] {
  if (typeof selector === 'string') return [...index.tagged(selector)];
  if (typeof selector === 'function') {
    return [...index.nodes].flatMap((node) => [...node.entries.values()].filter((entry) => selector(infoOf(entry))));
  }
  const matches = nodeTest(selector);
  return [...index.nodes].filter(matches).flatMap((node) => [...node.entries.values()]);
}

function nodeTest(
  selector: Exclude<Selector, string | ((entry: EntryInfo) => boolean)>,
): (node: MethodNode) => boolean {
  if (selector instanceof RegExp) return (node) => node.pattern.search(selector) >= 0;
  if ('method' in selector) {
    const pattern = wildcard(selector.method);
    return (node) => pattern.test(node.pattern) || pattern.test(`${node.service}.${node.method}`);
  }
  const name = serviceName(selector);
  return (node) => node.service === name && (selector.backend === undefined || selector.backend === node.backend);
}

function wildcard(pattern: string): RegExp {
  return new RegExp(`^${pattern.split('*').map(escapeRegExp).join('.*')}$`);
}

function escapeRegExp(text: string): string {
  return text.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
}

function serviceName(ref: ServiceRef<object>): string {
  return ref.version === undefined ? ref.name : `${ref.name}@${ref.version}`;
}

function infoOf(entry: Entry): EntryInfo {
  const { backend, service, method, args, tags, view } = entry;
  return { backend, service, method, args, tags, data: view };
}
