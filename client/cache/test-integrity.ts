import type { Entry } from './entry.js';
import type { EntryStore } from './entry-store.js';
import { isSame } from './same-args.js';
import type { TagNode } from './tag-node.js';

/** Where what the store says by method, by tag, by use and in bytes is not one and the same. */
export function faultsOf(store: EntryStore): readonly string[] {
  const faults: string[] = [];
  const expect = (what: string, is: unknown, shouldBe: unknown): void => {
    if (!Object.is(is, shouldBe)) faults.push(`${what} is ${is}, not ${shouldBe}`);
  };
  const used = new Set(store.recency);
  const carriers = new Map<TagNode, number>();
  let entries = 0;
  let sizeBytes = 0;
  for (const { entries: index, fullName, observed } of store.nodes) {
    const all: Entry[] = [];
    index.each((entry) => all.push(entry));
    expect(`the size of ${fullName}`, index.size, all.length);
    for (const [i, entry] of all.entries()) {
      const name = `${fullName}(${entry.args})`;
      const isObserved = entry.observers > 0;
      expect(`${name} among those in use`, used.has(entry), true);
      expect(
        `${name} twice`,
        all.slice(0, i).some(({ args }) => isSame(args, entry.args)),
        false,
      );
      expect(`${name} observed by its method`, observed.has(entry), isObserved);
      for (const tag of entry.policy.tags) {
        carriers.set(tag, (carriers.get(tag) ?? 0) + 1);
        expect(`${tag.name} of ${name} known`, store.tag(tag.name) === tag, true);
        expect(`${name} observed by ${tag.name}`, tag.observed.has(entry), isObserved);
      }
      sizeBytes += entry.sizeBytes;
    }
    entries += all.length;
  }
  for (const [tag, size] of carriers) expect(`the size of ${tag.name}`, tag.size, size);
  expect('the number of entries', store.recency.size, entries);
  expect('those in use', used.size, entries);
  expect('the size in bytes', store.sizeBytes, sizeBytes);
  return faults;
}
