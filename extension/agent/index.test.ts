import { fileURLToPath } from 'node:url';
import { type Context, createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { drainMessage, helloMessage } from '../../protocol/tap/agent-message.schema.js';

let source = '';

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    define: { __AGENT_BUILD__: '"b1"' },
  });
  source = outputFiles[0]?.text ?? '';
});

/** A document with a realm of its own: the page's script runs first, then the agent is injected. */
function pageWith(script: string): Context {
  const context = createContext({
    performance: { now: () => 5, timeOrigin: 1_700_000_000_000 },
    location: { href: 'https://app.test/' },
    addEventListener: () => undefined,
    setInterval: () => 1,
    clearInterval: () => undefined,
  });
  runInContext(script, context);
  runInContext(source, context);
  return context;
}

const AGENT = `globalThis[Symbol.for('netron.agent')]`;
const hello = (page: Context) => helloMessage.parse(JSON.parse(String(runInContext(`${AGENT}.hello()`, page))));

describe('the injected agent', () => {
  it('is found by its key and its build, and does not show among the globals', () => {
    const page = pageWith('');
    expect(runInContext(`${AGENT}.build`, page)).toBe('b1');
    expect(runInContext('Object.keys(globalThis).includes("netron")', page)).toBe(false);
    expect(hello(page)).toMatchObject({ v: 1, fault: '', session: '', url: 'https://app.test/' });
  });

  it('may be injected again', () => {
    const page = pageWith('');
    runInContext(source, page);
    expect(hello(page).fault).toBe('');
  });

  it('retires the agent of another build, which would otherwise shrink the rings under it', () => {
    const page = pageWith('globalThis.retired = 0');
    runInContext(`globalThis[Symbol.for('netron.agent')].retire = () => { globalThis.retired++ }`, page);
    runInContext(source, page);
    expect(runInContext('globalThis.retired', page)).toBe(1);
    expect(hello(page).fault).toBe('');
  });

  it.each([
    ['JSON.stringify that says something else', `JSON.stringify = () => 'nope'`],
    ['JSON.stringify that says nothing', `JSON.stringify = () => undefined`],
    ['JSON.stringify that throws', `JSON.stringify = () => { throw new Error('x') }`],
    ['toJSON of objects', `Object.prototype.toJSON = function () { return 'nope' }`],
    ['toJSON that throws', `Object.prototype.toJSON = function () { throw new Error('"quoted"') }`],
    ['toJSON of arrays', `Array.prototype.toJSON = function () { return 'nope' }`],
    ['Array.prototype.map that maps nothing', `Array.prototype.map = function () { return this }`],
    ['Array.prototype.map that is gone', `delete Array.prototype.map`],
    ['Array.prototype.join', `Array.prototype.join = () => ''`],
    ['Map that keeps nothing', `globalThis.Map = class { get() {} }`],
    ['Map that is gone', `delete globalThis.Map`],
    ['Map that throws', `globalThis.Map = class { constructor() { throw 1 } }`],
    ['performance.now that is no clock', `performance.now = () => NaN`],
  ])('says that it cannot work with %s', (_, script) => {
    expect(hello(pageWith(script)).fault).toMatch(/^this page has replaced/);
    expect(hello(pageWith('')).fault).toBe('');
  });

  it.each([
    [
      'a polyfilled map',
      `const map = Array.prototype.map; Array.prototype.map = function (f) { return map.call(this, f) }`,
    ],
    ['more on prototypes', `Array.prototype.first = function () { return this[0] }; Object.prototype.extra = 1`],
    // Of primitives JSON asks no toJSON, bigints apart.
    ['toJSON of strings', `String.prototype.toJSON = function () { throw 1 }`],
    ['toJSON of numbers', `Number.prototype.toJSON = function () { throw 1 }`],
    ['a frozen realm', `Object.freeze(Array.prototype); Object.freeze(Object.prototype); Object.freeze(JSON)`],
    ['JSON replaced after the injection', ''],
  ])('works with %s', (_, script) => {
    const page = pageWith(script);
    runInContext(`JSON = { stringify: () => 'late' }`, page);
    expect(hello(page).fault).toBe('');
    const drained = String(runInContext(`${AGENT}.drain({ session: '', cursor: 0, capChars: 1000 })`, page));
    expect(drainMessage.parse(JSON.parse(drained))).toMatchObject({ session: '', rows: [] });
  });

  it('answers whatever it is asked', () => {
    const page = pageWith('');
    for (const method of ['drain', 'value', 'diff', 'layerDiff', 'command']) {
      for (const args of ['', 'null', 'undefined, null', '{}', '1n', 'Symbol()', '{ get cursor() { throw 1 } }']) {
        expect(JSON.parse(String(runInContext(`${AGENT}.${method}(${args})`, page)))).toMatchObject({ v: 1 });
      }
    }
    expect(hello(page).fault).toBe('');
  });

  it('contains nothing that the CSP of a page would forbid', () => {
    expect(source).not.toMatch(/\beval\(|new Function|debugger|innerHTML/);
  });
});
