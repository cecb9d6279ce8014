import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ValueNode } from '../../../protocol/index.js';
import { takeTabStop, treeKey } from './tree-keys.js';

/** A page of a value, or why there is none. */
export type ValuePage = { readonly node: ValueNode; readonly offset: number } | { readonly gone: string };

export type LoadValue = (path: readonly number[], offset: number) => Promise<ValuePage>;

interface ValueTreeProps {
  /** Names the value; another one is loaded anew. */
  readonly source: string;
  readonly load: LoadValue;
}

/** A value of the page, fetched level by level as it is opened. The root and its first level are open from the start. */
export function ValueTree({ source, load }: ValueTreeProps) {
  const [page, setPage] = useState<ValuePage>();
  const tree = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const first = tree.current?.querySelector<HTMLElement>('[role=treeitem]');
    if (first && tree.current?.querySelector('[role=treeitem][tabindex="0"]') === null) first.tabIndex = 0;
  }, [page]);
  useEffect(() => {
    let current = true;
    load([], 0).then((loaded) => {
      if (current) setPage(loaded);
    });
    return () => {
      current = false;
    };
  }, [source]);
  if (page === undefined) return <div class="tree mono dim">…</div>;
  if ('gone' in page) return <div class="note">{page.gone}</div>;
  const { node } = page;
  const leaf = node.size === 0 || node.type === 'string';
  const itemOf = ({ target }: Event): HTMLElement | null | undefined =>
    target instanceof Element ? target.closest<HTMLElement>('[role=treeitem]') : undefined;
  const onKeyDown = (event: KeyboardEvent): void => {
    const item = itemOf(event);
    if (!item || tree.current === null || event.ctrlKey || event.metaKey || event.altKey) return;
    if (treeKey(tree.current, item, event.key)) event.preventDefault();
  };
  const onFocusIn = (event: FocusEvent): void => {
    const item = itemOf(event);
    if (item && tree.current !== null) takeTabStop(tree.current.querySelectorAll('[role=treeitem]'), item);
  };
  return (
    <div class="tree mono" role="tree" aria-label="Value" ref={tree} onKeyDown={onKeyDown} onFocusIn={onFocusIn}>
      {leaf ? (
        <div role="treeitem" aria-level={1} tabIndex={-1}>
          <Line node={node} />
        </div>
      ) : (
        <Children node={node} path={[]} load={load} />
      )}
    </div>
  );
}

type ChildNodes = NonNullable<ValueNode['children']>;

function Children({ node, path, load }: { node: ValueNode; path: readonly number[]; load: LoadValue }) {
  const [more, setMore] = useState<{ readonly of: ValueNode; readonly children: ChildNodes; readonly gone?: string }>();
  const later = more?.of === node ? more.children : [];
  const gone = more?.of === node ? more.gone : undefined;
  const shown = [...(node.children ?? []), ...later];
  const left = node.size - shown.length;
  const loadMore = async (): Promise<void> => {
    const page = await load(path, shown.length);
    if ('gone' in page) setMore({ of: node, children: later, gone: page.gone });
    else setMore({ of: node, children: [...later, ...(page.node.children ?? [])] });
  };
  return (
    <>
      {shown.map(({ key, node: child }, i) => (
        <Branch key={`${i}:${key}`} name={key} node={child} path={[...path, i]} load={load} />
      ))}
      {gone === undefined ? null : <div class="note">{gone}</div>}
      {left > 0 && gone === undefined ? (
        <button type="button" class="more" onClick={loadMore}>
          {left} more…
        </button>
      ) : null}
    </>
  );
}

interface BranchProps {
  readonly name: string;
  readonly node: ValueNode;
  readonly path: readonly number[];
  readonly load: LoadValue;
}

function Branch({ name, node, path, load }: BranchProps) {
  const [open, setOpen] = useState(false);
  const [loaded, setLoaded] = useState<{ readonly of: ValueNode; readonly page: ValuePage }>();
  const nests = node.size > 0 && node.type !== 'string';
  const page = loaded?.of === node ? loaded.page : undefined;
  const full = page !== undefined && 'node' in page ? page.node : node;
  // What is open stays open when the tree gets another value; its children are fetched again.
  const wanted = open && nests && node.children === undefined && page === undefined;
  useEffect(() => {
    if (!wanted) return;
    let current = true;
    load(path, 0).then((answer) => {
      if (current) setLoaded({ of: node, page: answer });
    });
    return () => {
      current = false;
    };
  }, [wanted, node]);
  const toggle = (): void => {
    if (nests) setOpen(!open);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    toggle();
  };
  return (
    <>
      <div
        class="line"
        role="treeitem"
        aria-expanded={nests ? open : undefined}
        aria-level={path.length}
        onClick={toggle}
        onKeyDown={onKeyDown}
        tabIndex={-1}
      >
        <span class="twist" aria-hidden="true">
          {nests ? (open ? '▾' : '▸') : ''}
        </span>
        <span class="k">{name}</span>
        <span class="dim">: </span>
        <Line node={node} />
      </div>
      {open && nests ? (
        <div class="nested" role="group">
          {page !== undefined && 'gone' in page ? (
            <div class="note">{page.gone}</div>
          ) : (
            <Children node={full} path={path} load={load} />
          )}
        </div>
      ) : null}
    </>
  );
}

const BADGES: ReadonlySet<ValueNode['type']> = new Set(['date', 'bytes']);

function Line({ node }: { node: ValueNode }) {
  const badge = BADGES.has(node.type) ? `${node.type === 'date' ? 'Date' : 'Bytes'} ` : '';
  const text = node.type === 'string' ? JSON.stringify(node.preview) : node.preview;
  const cut = node.type === 'string' && node.size > node.preview.length ? ` ${node.size} characters` : '';
  return (
    <>
      {badge === '' ? null : <span class="dim">{badge}</span>}
      <span class={`v-${node.type}`}>{text}</span>
      {cut === '' ? null : <span class="faint">{cut}</span>}
    </>
  );
}
