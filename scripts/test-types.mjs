// npm run test:types: what has to compile and what must not (client/**/*.test-d.ts), that no public type is `any`, and that
// types stay fast to check. The last line is "N passed, M failed".
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { declaredAny } from './declared-any.mjs';
import { METHODS, measureCheckMs } from './type-speed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dir = `${root}.cache/types`;
/** What an app may wait for one interface, on any machine that this is run on. */
const MAX_CHECK_MS = 1_000;
const ENTRIES = ['client/index.d.ts', 'client/preact.d.ts', 'protocol/index.d.ts'];

const results = [];
const report = (name, problems) => results.push({ name, problems });

rmSync(dir, { recursive: true, force: true });
mkdirSync(dir, { recursive: true });
checkExpectations();
checkDeclarations();
checkSpeed();

for (const { name, problems } of results) {
  console.log(`${problems.length === 0 ? '✓' : '✗'} ${name}`);
  for (const problem of problems) console.log(`    ${problem}`);
}
const failed = results.filter(({ problems }) => problems.length > 0).length;
const passed = results.length - failed;
const output = process.argv.find((argument) => argument.startsWith('--output='))?.slice('--output='.length);
if (output !== undefined) {
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, JSON.stringify({ passed, failed }));
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Each `it` is a test, which every error between its line and the next one's fails. */
function checkExpectations() {
  const config = { extends: '../../tsconfig.test.json', include: ['../../client/**/*.test-d.ts'], exclude: [] };
  writeFileSync(`${dir}/tsconfig.json`, JSON.stringify(config));
  const { stdout } = tsc(['-p', dir, '--listFilesOnly']);
  const files = stdout.split('\n').filter((path) => path.endsWith('.test-d.ts'));
  const { status, stdout: output } = tsc(['-p', dir, '--pretty', 'false']);
  const errors = errorsOf(output);
  if (status !== 0 && errors.length === 0) report('the compiler', [output]);
  for (const path of files) {
    const name = relative(root, path);
    const own = errors.filter((error) => error.path === name);
    const lines = readFileSync(path, 'utf8').split('\n');
    const tests = lines.flatMap((line, i) => {
      const [, title] = /^\s*it\('(.*)', (?:async )?\(\) => \{$/.exec(line) ?? [];
      return title === undefined ? [] : [{ title, from: i + 1 }];
    });
    if (tests.length === 0) report(name, ['it has no tests']);
    tests.unshift({ title: 'outside of its tests', from: 0 });
    tests.forEach(({ title, from }, i) => {
      const to = tests[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      const problems = own.filter(({ line }) => line >= from && line < to).map(({ text }) => text);
      if (from > 0 || problems.length > 0) report(`${name}: ${title}`, problems);
    });
  }
  if (files.length === 0) report('client/**/*.test-d.ts', ['there are none']);
  const others = errors.filter(({ path }) => !path.endsWith('.test-d.ts')).map(({ path, text }) => `${path} ${text}`);
  if (others.length > 0) report('the files that they import', others);
}

function checkDeclarations() {
  const { status, stdout } = tsc(['-b', 'client']);
  if (status !== 0) report('tsc -b client', [stdout]);
  for (const entry of ENTRIES) {
    const { files, found } = declaredAny(`${root}dist/types/${entry}`);
    report(`${entry} has no type any, in ${files} files`, found);
  }
}

function checkSpeed() {
  const name = `an interface of ${METHODS} methods, each used by query, chain and useQuery`;
  const checkMs = measureCheckMs(dir, tsc);
  const within = checkMs <= MAX_CHECK_MS ? [] : [`over ${MAX_CHECK_MS} ms`];
  report(`${name}: ${Math.round(checkMs)} ms to check`, within);
}

function errorsOf(output) {
  return [...output.matchAll(/^(\S[^(]*)\((\d+),\d+\): (error .*(?:\n +.*)*)/gm)].map(([, path, line, text]) => ({
    path: relative(root, resolve(root, path)),
    line: Number(line),
    text: `line ${line}: ${text}`,
  }));
}

function tsc(args) {
  return spawnSync('npx', ['--no-install', 'tsc', ...args], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
}
