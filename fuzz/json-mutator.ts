import type { Random } from './random.ts';

/** Keys that the envelopes have, and keys that hurt. */
const KEYS = [
  ...['id', 'success', 'data', 'error', 'code', 'message', 'details', 'hints', 'cache', 'maxAge', 'tags', 'responses'],
  ...[
    'service',
    'method',
    'input',
    'timeout',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'toJSON',
    'then',
    '',
  ],
];

/** Made anew each time, since what is mutated must not be shared. As JSON text, so that `__proto__` is an own key. */
const VALUES = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-1',
    '1e999',
    '-0',
    '1.5',
    '9007199254740993',
    '""',
    '"x"',
    '"__proto__"',
    '[]',
    '{}',
  ],
  ...[
    '[[]]',
    '[null]',
    '[true,"a",1]',
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":1}}}',
  ],
  ...['{"toString":null}', '{"code":{"toString":1},"message":[]}', '{"cache":{"maxAge":-1,"tags":[1,"a",null]}}'],
  ...['{"success":true,"id":"a"}', '{"error":true}', '{"error":{"code":[],"details":null}}', '"\\ud800"'],
];

type Node = { [key: string]: unknown } | unknown[];

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Some changes of a JSON value's structure. The result is what `JSON.parse` may return, never a shared object. */
export function mutateJson(seed: string, random: Random): unknown {
  // In a list, so that the value itself can be replaced like any other.
  const root: unknown[] = [JSON.parse(seed)];
  for (let left = 1 + random.below(4); left > 0; left--) change(somewhere(root, random), random);
  return root[0];
}

function somewhere(root: Node, random: Random): Node {
  let node = root;
  while (random.below(5) > 0) {
    const inner = Object.values(node).filter(isNode);
    if (inner.length === 0) break;
    node = random.pick(inner);
  }
  return node;
}

function change(node: Node, random: Random): void {
  const keys = Object.keys(node);
  const key = keys.length > 0 && random.below(4) > 0 ? random.pick(keys) : random.pick(KEYS);
  const value: unknown = JSON.parse(random.pick(VALUES));
  const choice = random.below(6);
  if (Array.isArray(node)) {
    if (choice === 0) node.pop();
    else if (choice === 1 && node.length > 0) node.push(structuredClone(random.pick(node)));
    else if (node.length > 0) node[random.below(node.length)] = value;
    else node.push(value);
    return;
  }
  if (choice === 0) delete node[key];
  else
    put(
      node,
      choice === 1 ? random.pick(KEYS) : key,
      choice === 2 && Object.hasOwn(node, key) ? [structuredClone(node[key])] : value,
    );
}

/** As `JSON.parse` does: an own property, whatever the key. */
function put(node: object, key: string, value: unknown): void {
  Object.defineProperty(node, key, { value, enumerable: true, configurable: true, writable: true });
}
