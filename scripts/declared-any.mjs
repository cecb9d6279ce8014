// Where a public type is `any`: declarations show it also where nobody wrote it and the compiler inferred it.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * @param {string} entry a `.d.ts`; what it imports is read as well
 * @returns {{ files: number, found: string[] }} how many were read, and each line with the word
 */
export function declaredAny(entry) {
  const found = [];
  const files = new Set([entry]);
  // What is added meanwhile is visited too.
  for (const path of files) {
    const text = readFileSync(path, 'utf8');
    for (const [, specifier] of text.matchAll(/(?:from|import|import\()\s*['"](\.[^'"]*)\.js['"]/g)) {
      files.add(resolve(dirname(path), `${specifier}.d.ts`));
    }
    for (const [i, line] of bare(text).split('\n').entries()) {
      if (/\bany\b/.test(line)) found.push(`${path}:${i + 1}: ${line.trim()}`);
    }
  }
  return { files: files.size, found };
}

/** Comments and texts may have the word. Lines stay where they are. */
function bare(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|(['"`])(?:\\.|(?!\1).)*\1/g, (cut) => cut.replace(/[^\n]/g, ''));
}
