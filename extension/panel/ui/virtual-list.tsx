import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { newScrollMemory, type ScrollMemory } from './scroll-memory.js';

export interface Column {
  readonly title: string;
  /** A CSS grid track. */
  readonly width: string;
  readonly align?: 'right';
  /** Shown only where the list is at least so wide. */
  readonly fromPx?: number;
  readonly hint?: string;
}

interface VirtualListProps<Row, Key> {
  readonly label: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => Key;
  readonly rowClass: (row: Row) => string;
  /** A text instead of cells spans the row, which then cannot be selected. */
  readonly cells: (row: Row) => readonly ComponentChildren[] | string;
  /** Whether the list follows what comes at its end. Default true. */
  readonly follow?: boolean;
  /** Where it was left, to go on from there. Default: it begins at its end, or its start where it does not follow. */
  readonly scroll?: ScrollMemory;
  readonly selected: Key | undefined;
  readonly onSelect: (key: Key | undefined) => void;
  readonly onKey?: (key: string, row: Row) => void;
  readonly empty: ComponentChildren;
}

/** Rows all have one height, set by the density; the number is read from CSS so that there is one place for it. */
const FALLBACK_ROW_PX = 21;
const OVERSCAN_ROWS = 6;
/** Scrolled to within this distance of the end, the list follows what comes. */
const FOLLOW_PX = 4;

/** A grid that renders only the rows in sight, follows its tail until the user scrolls up, and works by keyboard. */
export function VirtualList<Row, Key extends string | number>(props: VirtualListProps<Row, Key>) {
  const { columns, rows, keyOf, selected, onSelect } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { current: memory } = useRef(props.scroll ?? newScrollMemory());
  if (props.follow === false) memory.following = false;
  const [view, setView] = useState({ top: 0, height: 600, width: 1_000, rowPx: FALLBACK_ROW_PX });

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => {
      const rowPx = Number.parseFloat(getComputedStyle(element).getPropertyValue('--row')) || FALLBACK_ROW_PX;
      setView({ top: element.scrollTop, height: element.clientHeight, width: element.clientWidth, rowPx });
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.scrollTop = memory.topPx;
    measure();
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || !memory.following) return;
    element.scrollTop = element.scrollHeight;
    memory.seen = rows.length;
  });

  const index = selected === undefined ? -1 : rows.findIndex((row) => keyOf(row) === selected);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || index < 0 || memory.revealed === selected) return;
    memory.revealed = selected;
    const top = index * view.rowPx;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + view.rowPx > element.scrollTop + element.clientHeight - headerPx(element)) {
      element.scrollTop = top + view.rowPx - element.clientHeight + headerPx(element);
    }
  }, [selected]);

  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - FOLLOW_PX;
    memory.topPx = element.scrollTop;
    memory.following = atEnd && props.follow !== false;
    if (memory.following) memory.seen = rows.length;
    setView((old) => ({ ...old, top: element.scrollTop }));
  };

  const move = (to: number): void => {
    const wanted = Math.max(0, Math.min(rows.length - 1, to));
    const step = wanted < index ? -1 : 1;
    // A row that only says something is stepped over.
    for (let at = wanted; at >= 0 && at < rows.length; at += step) {
      const row = rows[at] as Row;
      if (typeof props.cells(row) !== 'string') return onSelect(keyOf(row));
    }
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.height / view.rowPx) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: index + 1,
      ArrowUp: index < 0 ? rows.length - 1 : index - 1,
      PageDown: index + page,
      PageUp: index - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined;
    if (to !== undefined) {
      event.preventDefault();
      return move(to);
    }
    const row = rows[index];
    if (row !== undefined && !event.ctrlKey && !event.metaKey) props.onKey?.(event.key, row);
  };

  const shown = columns.map(({ fromPx = 0 }) => view.width >= fromPx);
  const tracks = columns.filter((_, i) => shown[i]).map(({ width }) => width);
  const grid = { gridTemplateColumns: tracks.join(' ') };
  const first = Math.max(0, Math.floor(view.top / view.rowPx) - OVERSCAN_ROWS);
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / view.rowPx) + OVERSCAN_ROWS);
  const unseen = memory.following || props.follow === false ? 0 : Math.max(0, rows.length - memory.seen);

  return (
    <div class="list">
      <div
        class="scroller"
        ref={scroller}
        role="grid"
        aria-label={props.label}
        aria-rowcount={rows.length + 1}
        aria-activedescendant={selected === undefined ? undefined : `row-${selected}`}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div class="head" role="row" style={grid}>
          {columns.map((column, i) =>
            shown[i] ? (
              <span key={column.title} role="columnheader" class={column.align ?? ''} title={column.hint}>
                {column.title}
              </span>
            ) : null,
          )}
        </div>
        {rows.length === 0 ? <div class="empty">{props.empty}</div> : null}
        <div class="rows" style={{ height: `${rows.length * view.rowPx}px` }}>
          {rows.slice(first, last).map((row, i) => {
            const at = first + i;
            const key = keyOf(row);
            const cells = props.cells(row);
            const stripe = at % 2 === 1 ? 'odd' : '';
            return (
              <div
                key={key}
                id={`row-${key}`}
                role="row"
                aria-rowindex={at + 2}
                aria-selected={key === selected}
                data-key={key}
                class={`row ${stripe} ${props.rowClass(row)}`}
                style={{ ...grid, transform: `translateY(${at * view.rowPx}px)` }}
                onMouseDown={typeof cells === 'string' ? undefined : () => onSelect(key)}
              >
                {typeof cells === 'string' ? (
                  <span role="gridcell" class="spanning">
                    {cells}
                  </span>
                ) : (
                  cells.map((cell, c) =>
                    shown[c] ? (
                      <span key={c} role="gridcell" class={columns[c]?.align ?? ''}>
                        {cell}
                      </span>
                    ) : null,
                  )
                )}
              </div>
            );
          })}
        </div>
      </div>
      {unseen > 0 ? (
        <button
          type="button"
          class="unseen"
          onClick={() => {
            memory.following = true;
            setView((old) => ({ ...old }));
          }}
        >
          ▼ {unseen} new
        </button>
      ) : null}
    </div>
  );
}

function headerPx(scroller: HTMLElement): number {
  return scroller.querySelector<HTMLElement>('.head')?.offsetHeight ?? 0;
}
