import type { JSX } from 'preact';

export type GlyphName =
  | 'pending'
  | 'ok'
  | 'stale'
  | 'revalidating'
  | 'optimistic'
  | 'rollback'
  | 'error'
  | 'aborted'
  | 'inactive'
  | 'cached'
  | 'rebase'
  | 'retry'
  | 'up'
  | 'down'
  | 'evict';

const ROUND = <path d="M9.8 4.6A4.1 4.1 0 1 0 10 7M10 2.2v2.6H7.4" />;

/** Drawn, not typed: a font's idea of these signs differs from system to system. 12 units wide, stroke 1.5. */
const SHAPES: Readonly<Record<GlyphName, JSX.Element>> = {
  pending: (
    <>
      <circle cx="6" cy="6" r="4.2" />
      <path d="M6 1.8a4.2 4.2 0 0 1 0 8.4z" class="solid" />
    </>
  ),
  ok: <circle cx="6" cy="6" r="4" class="solid" />,
  stale: (
    <>
      <circle cx="6" cy="6" r="4.2" />
      <path d="M6 6V1.8A4.2 4.2 0 0 1 10.2 6z" class="solid" />
    </>
  ),
  revalidating: (
    <>
      <path d="M9.9 4.4A4.2 4.2 0 1 0 10.2 6" />
      <circle cx="6" cy="6" r="1.6" class="solid" />
    </>
  ),
  optimistic: <path d="M6 1.2 10.8 6 6 10.8 1.2 6z" class="solid" />,
  rollback: <path d="M4.6 2 1.8 4.8l2.8 2.8M2.2 4.8h5.2a2.6 2.6 0 0 1 0 5.2H5" />,
  error: <path d="m2.6 2.6 6.8 6.8m0-6.8L2.6 9.4" />,
  aborted: (
    <>
      <circle cx="6" cy="6" r="4.2" />
      <path d="m3.2 8.8 5.6-5.6" />
    </>
  ),
  inactive: <circle cx="6" cy="6" r="3.8" />,
  cached: <path d="M2 3.4h8M2 6h8M2 8.6h8" />,
  rebase: ROUND,
  retry: ROUND,
  up: <path d="M6 10V2.4M2.8 5.4 6 2.2l3.2 3.2" />,
  down: <path d="M6 2v7.6M2.8 6.6 6 9.8l3.2-3.2" />,
  evict: <path d="M2.4 3.4h7.2M4.6 3.4V2.2h2.8v1.2m-4 0 .5 6.4h4.2l.5-6.4" />,
};

/** A state as a shape; its colour comes from the class, its meaning in words from `label`. */
export function Glyph({ name, label }: { name: GlyphName; label?: string }) {
  const spins = name === 'pending' || name === 'revalidating';
  return (
    <svg class={`glyph g-${name}${spins ? ' spins' : ''}`} viewBox="0 0 12 12" role="img" aria-label={label ?? name}>
      {label === undefined ? null : <title>{label}</title>}
      {SHAPES[name]}
    </svg>
  );
}
