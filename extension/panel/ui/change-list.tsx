import type { ValueChange } from '../../../protocol/index.js';

/** What differs, a line per path: the old value struck, the new one beside it. */
export function ChangeList({ changes, omitted }: { changes: readonly ValueChange[]; omitted: number }) {
  if (changes.length === 0 && omitted === 0)
    return <div class="note">Nothing changed: readers saw the same value.</div>;
  return (
    <div class="changes mono">
      {changes.map(({ path, op, before, after }) => (
        <div key={path} class={`change ${op}`}>
          <span class="path">{path}</span>
          {op === 'add' ? null : <del>{before}</del>}
          {op === 'change' ? <span class="dim"> → </span> : null}
          {op === 'remove' ? null : <ins>{after}</ins>}
        </div>
      ))}
      {omitted > 0 ? <div class="note">… and {omitted} more</div> : null}
    </div>
  );
}
