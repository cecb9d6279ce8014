import type { Person } from './netron.js';
import { teamHue } from './team-hue.js';

export function Avatar({ person: { name, team } }: { person: Person }) {
  return (
    <span class={`avatar ${teamHue(team)}`} aria-hidden="true">
      {initials(name)}
    </span>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends.map((word) => [...(word ?? '')][0]?.toUpperCase() ?? '').join('');
}
