// Test files share a process: one that leaves a global changed would fail another, and only in some orders.
import { afterAll, expect } from 'vitest';

type Globals = ReadonlyMap<string, PropertyDescriptor>;

/** Without what Vitest keeps there for itself. */
const globals = (): Globals =>
  new Map(Object.entries(Object.getOwnPropertyDescriptors(globalThis)).filter(([name]) => !name.startsWith('__')));

const before = globals();

/** Node makes a value of a getter when it is first needed: that changes nothing. */
function isTouched(name: string, after: Globals): boolean {
  const [was, is] = [before.get(name), after.get(name)];
  if (was === undefined || is === undefined) return was !== is;
  return was.get === undefined && !Object.is(was.value, is.value);
}

afterAll(() => {
  const after = globals();
  const names = new Set([...before.keys(), ...after.keys()]);
  expect([...names].filter((name) => isTouched(name, after))).toEqual([]);
});
