import { NetronError, type NetronErrorFields } from '../netron-error.js';
import { shown } from '../option-error.js';
import { type ServiceId, serviceRef } from '../service.js';
import type { Entry } from './entry.js';
import type { MethodNode } from './method-node.js';
import type { TagNode } from './tag-node.js';

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
 * Which entries: a tag, a pattern over `service.method` and `service@version.method` (`*` stands for anything, a RegExp is
 * tested on both), a whole service, or a predicate. A text with a `*` is a pattern unless there is such a tag.
 */
export type Selector =
  | string
  | RegExp
  | { readonly method: string }
  | ServiceId<object>
  | ((entry: EntryInfo) => boolean);

export interface SelectorIndex {
  readonly nodes: Iterable<MethodNode>;
  /** Methods by `users.list` or `users@1.0.0.list`. */
  named(name: string): readonly MethodNode[];
  tag(name: string): TagNode | undefined;
}

/** Whole methods or a tag, which know their entries, or single entries. */
export type Selection = readonly (MethodNode | TagNode | Entry)[];

/** @throws NetronError `invalid-argument` for the first that selects nothing of any kind. */
export function assertSelectors(selectors: readonly unknown[], place?: NetronErrorFields): void {
  for (const [i, selector] of selectors.entries()) {
    const { method, name } = Object(selector) as { readonly method?: unknown; readonly name?: unknown };
    const isText = typeof selector === 'string' || typeof (method ?? name) === 'string';
    if (isText || selector instanceof RegExp || typeof selector === 'function') continue;
    const reason = `invalidate[${i}] is ${shown(selector)} (${typeof selector}), expected a selector`;
    throw new NetronError('invalid-argument', reason, place);
  }
}

/**
 * What a selector means. Methods are matched before any entry is visited, and most need no visit at all.
 *
 * @throws NetronError `invalid-argument` for a predicate that throws.
 */
export function select(selector: Selector, index: SelectorIndex): Selection {
  if (typeof selector === 'string') {
    const tag = index.tag(selector);
    if (tag !== undefined || !selector.includes('*')) return tag === undefined ? [] : [tag];
    return select({ method: selector }, index);
  }
  if (typeof selector === 'function' && !isServiceClass(selector)) {
    const matches = selector as (entry: EntryInfo) => boolean;
    const selected: Entry[] = [];
    try {
      for (const node of index.nodes) {
        node.entries.each((entry) => {
          if (matches(entry)) selected.push(entry);
        });
      }
    } catch (error) {
      throw new NetronError('invalid-argument', `a predicate of invalidate threw: ${shown(error)}`, { cause: error });
    }
    return selected;
  }
  const { method } = selector as { readonly method?: unknown };
  if (typeof method === 'string' && !method.includes('*')) return index.named(method);
  const matches = typeof method === 'string' ? globTest(method) : nodeTest(selector as RegExp | ServiceId<object>);
  const selected: MethodNode[] = [];
  for (const node of index.nodes) if (matches(node)) selected.push(node);
  return selected;
}

/** A predicate is a function as well, but no class. */
function isServiceClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

function globTest(glob: string): (node: MethodNode) => boolean {
  const pattern = new RegExp(`^${glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*')}$`);
  return (node) => pattern.test(node.pattern) || pattern.test(node.fullName);
}

function nodeTest(selector: RegExp | ServiceId<object>): (node: MethodNode) => boolean {
  if (selector instanceof RegExp) {
    return ({ pattern, fullName }) => pattern.search(selector) >= 0 || fullName.search(selector) >= 0;
  }
  const { fullName, backend } = serviceRef(selector);
  return (node) => node.service === fullName && (backend === undefined || backend === node.backend);
}
