const HUES = 7;

/** A team keeps its colour wherever it appears; the classes are in app.css. */
export function teamHue(team: string): string {
  let hash = 0;
  for (const character of team) hash = (hash * 5 + (character.codePointAt(0) ?? 0)) % 65_521;
  return `hue-${hash % HUES}`;
}
