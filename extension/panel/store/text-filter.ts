/** Words that must all be there; `-word` must not. Case does not matter. */
export interface TextFilter {
  readonly wanted: readonly string[];
  readonly unwanted: readonly string[];
}

export function parseFilter(text: string): TextFilter {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '' && word !== '-');
  return {
    wanted: words.filter((word) => !word.startsWith('-')),
    unwanted: words.filter((word) => word.startsWith('-')).map((word) => word.slice(1)),
  };
}

export function matchesFilter({ wanted, unwanted }: TextFilter, text: string): boolean {
  const haystack = text.toLowerCase();
  return wanted.every((word) => haystack.includes(word)) && !unwanted.some((word) => haystack.includes(word));
}
