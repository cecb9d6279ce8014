import type { ValueNode, ValueType } from '../../protocol/index.js';
import { type Child, childCount, childrenOf } from './children.js';
import { VALUE_CHILDREN, VALUE_DEPTH, VALUE_PAGE_CHARS, VALUE_STRING_CHARS } from './limits.js';
import { clip, keyText, preview } from './preview.js';
import { REDACTED, redactText } from './redaction.js';

/** Two levels of a value, a hundred children from `offset` on; deeper levels are asked for by their path. */
export function valuePage(value: unknown, offset: number): ValueNode {
  return node(value, VALUE_DEPTH, offset, { left: VALUE_PAGE_CHARS });
}

/** Follows positions down to a value. Undefined when the path leads nowhere, or through a secret or a getter. */
export function valueAt(root: unknown, path: readonly number[]): { readonly value: unknown } | undefined {
  let value = root;
  try {
    for (const position of path) {
      const [child] = childrenOf(value, position, position + 1);
      if (child?.kind !== 'value') return undefined;
      value = child.value;
    }
  } catch {
    return undefined;
  }
  return { value };
}

/** Guarded on its own: one part that cannot be read hides no other. */
function node(value: unknown, depth: number, offset: number, budget: { left: number }): ValueNode {
  try {
    return readNode(value, depth, offset, budget);
  } catch {
    return { type: 'unreadable', preview: '(unreadable: a proxy refused)', size: 0 };
  }
}

function readNode(value: unknown, depth: number, offset: number, budget: { left: number }): ValueNode {
  const type = typeOf(value);
  const line = lineOf(value, type);
  budget.left -= line.length + 40;
  const size = type === 'string' ? (value as string).length : childCount(value);
  if (type === 'string' || size === 0 || depth === 0 || budget.left <= 0) return { type, preview: line, size };
  const children: { key: string; node: ValueNode }[] = [];
  for (const child of childrenOf(value, offset, offset + VALUE_CHILDREN)) {
    if (budget.left <= 0) break;
    budget.left -= child.key.length;
    children.push({ key: keyText(child.key), node: childNode(child, depth - 1, budget) });
  }
  return { type, preview: line, size, children };
}

function childNode(child: Child, depth: number, budget: { left: number }): ValueNode {
  if (child.kind === 'accessor') return { type: 'accessor', preview: '(getter, not run)', size: 0 };
  if (child.kind === 'secret') return { type: 'redacted', preview: `${REDACTED} secret name`, size: 0 };
  return node(child.value, depth, 0, budget);
}

function lineOf(value: unknown, type: ValueType): string {
  if (type === 'redacted') return `${REDACTED} looks like a secret`;
  return type === 'string' ? clip(redactText(value as string, VALUE_STRING_CHARS), VALUE_STRING_CHARS) : preview(value);
}

function typeOf(value: unknown): ValueType {
  if (value === null) return 'null';
  if (typeof value === 'string') return redactText(value, VALUE_STRING_CHARS) === REDACTED ? 'redacted' : 'string';
  if (typeof value !== 'object') return typeof value as ValueType;
  if (Array.isArray(value)) return 'array';
  if (value instanceof Date) return 'date';
  if (value instanceof Map) return 'map';
  if (value instanceof Set) return 'set';
  if (value instanceof RegExp) return 'regexp';
  if (value instanceof Uint8Array) return 'bytes';
  return value instanceof Error ? 'error' : 'object';
}
