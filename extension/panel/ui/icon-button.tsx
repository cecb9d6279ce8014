import type { JSX } from 'preact';

const ICONS = {
  record: <circle cx="8" cy="8" r="4.5" class="solid" />,
  clear: (
    <>
      <circle cx="8" cy="8" r="5.2" />
      <path d="m4.4 11.6 7.2-7.2" />
    </>
  ),
  close: <path d="m4.5 4.5 7 7m0-7-7 7" />,
  back: <path d="M10 3.5 5.5 8l4.5 4.5" />,
  search: (
    <>
      <circle cx="7" cy="7" r="3.8" />
      <path d="m9.8 9.8 3.4 3.4" />
    </>
  ),
} as const satisfies Record<string, JSX.Element>;

export type IconName = keyof typeof ICONS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      {ICONS[name]}
    </svg>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  /** Also the tooltip: name the shortcut in it. */
  readonly label: string;
  readonly pressed?: boolean;
  readonly tone?: 'record';
  onClick(): void;
}

export function IconButton({ icon, label, pressed, tone, onClick }: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${tone ?? ''}`}
      title={label}
      aria-label={label}
      aria-pressed={pressed}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
