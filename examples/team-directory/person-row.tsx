import { Avatar } from './avatar.js';
import type { Person } from './netron.js';
import type { SaveState } from './use-saves.js';

interface PersonRowProps {
  person: Person;
  current: boolean;
  save: SaveState;
  onPick: () => void;
}

const MONTH = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'short', timeZone: 'UTC' });

export function PersonRow({ person, current, save, onPick }: PersonRowProps) {
  const { id, name, title, joined } = person;
  return (
    <li class="person" data-testid={`person-${id}`} data-save={save.kind}>
      <button type="button" aria-current={current} onClick={onPick}>
        <Avatar person={person} />
        <span class="person-name" data-testid={`person-${id}-name`}>
          {name}
        </span>
        <span class="person-title" data-testid={`person-${id}-title`}>
          {title}
        </span>
        <SaveMark kind={save.kind} />
        <time class="person-joined" dateTime={joined}>
          {MONTH.format(new Date(joined))}
        </time>
      </button>
    </li>
  );
}

/** The glyphs are the panel's: ◆ for an optimistic layer, ↩ for one that was rolled back. */
const MARKS = {
  idle: undefined,
  saving: ['◆', 'being saved'],
  saved: ['✓', 'saved'],
  failed: ['↩', 'rolled back'],
} as const;

function SaveMark({ kind }: { kind: SaveState['kind'] }) {
  const [glyph, words] = MARKS[kind] ?? ['', ''];
  return (
    <span class="save-mark" title={words}>
      <span aria-hidden="true">{glyph}</span>
      <span class="sr-only">{words}</span>
    </span>
  );
}
