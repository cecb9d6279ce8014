import { kindOf } from '../option-error.js';

/** A name in which `*` stands for anything, a RegExp that is searched for in it, or a list of these. */
export type NamePattern = string | RegExp | readonly (string | RegExp)[];

/** What was expected in place of a value that is no pattern. */
export function checkPattern(value: unknown): string {
  const isPattern = [value].flat().every((one) => typeof one === 'string' || kindOf(one) === '[object RegExp]');
  return isPattern ? '' : 'a name with *, a RegExp or a list of these';
}

/** No pattern fits every name. */
export function fitsPattern(pattern: NamePattern | undefined, name: string): boolean {
  // Searched and not tested: a global RegExp would go on from where it last matched.
  return pattern === undefined || [pattern].flat().some((one) => name.search(regExpOf(one)) >= 0);
}

function regExpOf(pattern: string | RegExp): RegExp {
  if (typeof pattern !== 'string') return pattern;
  return new RegExp(`^${pattern.replace(/[^\w*]/g, '\\$&').replaceAll('*', '.*')}$`);
}
