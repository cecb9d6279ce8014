import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

type Layout = 'side' | 'below' | 'over';

const BELOW_PX = 700;
const OVER_PX = 480;
/** Too low to stack two panes. */
const LOW_PX = 240;
const MIN_PANE_PX = 160;
/** The same as in css/list.css. */
const MAX_SHARE = 0.55;
const KEY_STEP_PX = 24;
const STORAGE = 'netron.panel.details';

interface SplitProps {
  readonly list: ComponentChildren;
  readonly details: ComponentChildren;
  /** Without details the list has all the room. */
  readonly open: boolean;
}

/** List and details: side by side, one above the other when narrow, one instead of the other when very narrow. */
export function Split({ list, details, open }: SplitProps) {
  const box = useRef<HTMLElement>(null);
  const [layout, setLayout] = useState<Layout>('side');
  const [sizePx, setSizePx] = useState(() => Number(localStorage.getItem(STORAGE)) || 430);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setLayout(layoutFor(element)));
    observer.observe(element);
    setLayout(layoutFor(element));
    return () => observer.disconnect();
  }, []);
  // Where the pane covers the list, the keyboard goes with it; where it went and left nothing focused, back to the list.
  useLayoutEffect(() => {
    // Not from where the user is, which may be another part of DevTools.
    if (!document.hasFocus()) return;
    const find = (selector: string) => box.current?.querySelector<HTMLElement>(selector);
    if (open && layout === 'over') find('.details [role=tab][aria-selected=true]')?.focus();
    if (!open && document.activeElement === document.body) find('.scroller')?.focus();
  }, [open, layout]);
  const resize = (to: number): void => {
    const element = box.current;
    if (element === null) return;
    const room = layout === 'side' ? element.clientWidth : element.clientHeight;
    const next = Math.round(Math.max(MIN_PANE_PX, Math.min(room * MAX_SHARE, to)));
    setSizePx(next);
    localStorage.setItem(STORAGE, String(next));
  };
  const onPointerDown = (event: PointerEvent): void => {
    const handle = event.currentTarget as HTMLElement;
    handle.setPointerCapture(event.pointerId);
    handle.onpointermove = (move) => {
      const rect = box.current?.getBoundingClientRect();
      if (rect !== undefined) resize(layout === 'side' ? rect.right - move.clientX : rect.bottom - move.clientY);
    };
    handle.onpointerup = () => {
      handle.onpointermove = null;
    };
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const grow = layout === 'side' ? 'ArrowLeft' : 'ArrowUp';
    const shrink = layout === 'side' ? 'ArrowRight' : 'ArrowDown';
    if (event.key === grow) resize(sizePx + KEY_STEP_PX);
    else if (event.key === shrink) resize(sizePx - KEY_STEP_PX);
  };
  return (
    <main class={`split ${layout} ${open ? 'open' : ''}`} ref={box} style={{ '--details': `${sizePx}px` }}>
      {list}
      {open ? (
        <>
          <div
            class="handle"
            role="separator"
            aria-orientation={layout === 'side' ? 'vertical' : 'horizontal'}
            aria-label="Resize details"
            aria-valuenow={sizePx}
            tabIndex={0}
            onPointerDown={onPointerDown}
            onKeyDown={onKeyDown}
          />
          <section class="details" aria-label="Details">
            {details}
          </section>
        </>
      ) : null}
    </main>
  );
}

function layoutFor({ clientWidth: widthPx, clientHeight: heightPx }: HTMLElement): Layout {
  if (widthPx < OVER_PX) return 'over';
  return widthPx < BELOW_PX && heightPx >= LOW_PX ? 'below' : 'side';
}
