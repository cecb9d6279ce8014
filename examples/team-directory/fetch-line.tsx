import type { ReadonlySignal } from '@preact/signals';

/** A line along the top of a card while it asks; it fades out slowly, so that even a quick answer leaves a trace. */
export function FetchLine({ on }: { on: ReadonlySignal<boolean> }) {
  return <span class="fetch-line" data-on={on.value} aria-hidden="true" />;
}
