import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['protocol', 'client', 'extension', 'server-fixture', 'e2e', 'examples', 'interop'];

interface Source {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

interface Import {
  readonly name: string;
  readonly typeOnly: boolean;
}

/** What a folder may import: packages by their beginning, and files of the repo by their path. */
interface Rule {
  /** Files that it is for; the first rule that fits decides. */
  readonly files: RegExp;
  readonly packages: RegExp;
  /** Packages of which only types may be named. */
  readonly types?: RegExp;
  readonly paths: RegExp;
}

const NOTHING = /^(?!)/;
const PANEL_PACKAGES = /^(preact|@preact\/signals)(\/|$)/;

/** DESIGN §2. Tests are exempt: they may use what they need to prove things, of any folder. */
const RULES: readonly Rule[] = [
  { files: /\.test(-d)?\.tsx?$/, packages: /./, paths: /./ },
  // What only tests use.
  { files: /^client\/testing\//, packages: /./, paths: /./ },
  { files: /^(client|server-fixture)\/([^/]*\/)*test-[^/]*$/, packages: /./, paths: /./ },

  { files: /^protocol\/.*\.schema\.ts$/, packages: /^zod$/, paths: /^protocol\// },
  { files: /^protocol\//, packages: NOTHING, paths: /^protocol\/(?!.*\.schema\.)/ },

  {
    files: /^client\/preact/,
    packages: /^(preact|@preact\/signals|@preact\/signals-core)(\/|$)/,
    paths: /^(client|protocol)\/(?!.*\.schema\.|testing\/)/,
  },
  {
    files: /^client\//,
    packages: /^@preact\/signals-core$/,
    paths: /^(client\/(?!preact|testing\/)|protocol\/(?!.*\.schema\.))/,
  },

  { files: /^extension\/agent\//, packages: NOTHING, paths: /^(extension\/agent|protocol)\/(?!.*\.schema\.)/ },
  {
    files: /^extension\/bridge\//,
    packages: /^(webextension-polyfill|virtual:netron-agent)$/,
    types: /^zod$/,
    paths: /^(extension\/bridge|protocol)\//,
  },
  {
    files: /^extension\/panel\/ui\//,
    packages: PANEL_PACKAGES,
    paths: /^(extension\/panel\/ui|protocol)\/(?!.*\.schema\.)/,
  },
  {
    files: /^extension\/panel\/store\//,
    packages: /^@preact\/signals$/,
    paths: /^(extension\/(bridge|panel\/store)|protocol)\//,
  },
  {
    files: /^extension\/panel\/(views\/|main\.tsx$)/,
    packages: PANEL_PACKAGES,
    paths: /^(extension\/(bridge|panel)|protocol)\//,
  },
  { files: /^extension\/devtools\.ts$/, packages: /^webextension-polyfill$/, paths: NOTHING },
  { files: /^extension\/[^/]*\.d\.ts$/, packages: NOTHING, paths: NOTHING },

  { files: /^server-fixture\//, packages: /^(ws|zod|node:.*)$/, paths: /^(server-fixture|protocol)\/(?!test-)/ },
  {
    files: /^e2e\//,
    packages: /^(netron-client|playwright|@playwright\/test|ws|node:.*)(\/|$)/,
    paths: /^(e2e|scripts)\//,
  },
  // Of the client it knows what everybody knows, and of the server nothing.
  { files: /^interop\//, packages: /^(ws|node:.*)$/, paths: /^(interop\/|client\/index\.js$)/ },
  { files: /^examples\/[^/]+\/vite\.config\.ts$/, packages: /./, paths: /^(examples|scripts)\// },
  { files: /^examples\//, packages: /^(netron-client|preact|@preact\/signals)(\/|$)/, paths: /^examples\// },
];

/** Parsed once, however many rules ask. */
const parsed = new WeakMap<Source, readonly Import[]>();

function importsOf(source: Source): readonly Import[] {
  const found = parsed.get(source) ?? parseImports(source);
  parsed.set(source, found);
  return found;
}

/** Of `from '…'`, `import '…'` and `import('…')`: read by a parser, so that comments and texts do not count. */
function parseImports({ path, text }: Source): readonly Import[] {
  const found: Import[] = [];
  const lang = path.endsWith('x') ? 'tsx' : path.endsWith('.d.ts') ? 'dts' : 'ts';
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    const { type, source, importKind, exportKind, argument } = node as Record<string, unknown>;
    const imports = /^(Import|ExportNamed|ExportAll)Declaration$|^ImportExpression$|^TSImportType$/.test(String(type));
    const literal = (source ?? (type === 'TSImportType' ? argument : undefined)) as Record<string, unknown> | undefined;
    if (imports && literal !== undefined && literal !== null) {
      const name = typeof literal.value === 'string' ? literal.value : '(computed)';
      const typeOnly = importKind === 'type' || exportKind === 'type' || type === 'TSImportType';
      found.push({ name, typeOnly });
    }
    Object.values(node).forEach(visit);
  };
  visit(parseAst(text, { lang }));
  return found;
}

/** One line per import that goes the wrong way. */
function wrongImports(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const rule = RULES.find(({ files }) => files.test(source.path));
    if (rule === undefined) return [`${source.path}: no rule says what it may import`];
    return importsOf(source)
      .filter((found) => !isAllowed(rule, source.path, found))
      .map(({ name }) => `${source.path} imports ${name}`);
  });
}

function isAllowed(rule: Rule, path: string, { name, typeOnly }: Import): boolean {
  if (name.startsWith('.')) return rule.paths.test(posix.join(posix.dirname(path), name));
  return rule.packages.test(name) || (typeOnly && rule.types?.test(name) === true);
}

/** What values a file of the panel's `ui` takes from the protocol: it may only name its types. */
function valuesFromProtocol(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path.startsWith('extension/panel/ui/') && !isTest(path))
    .flatMap((source) =>
      importsOf(source)
        .filter(({ name, typeOnly }) => !typeOnly && name.includes('/protocol/'))
        .map(({ name }) => `${source.path} imports values of ${name}`),
    );
}

/** Compiled with their suffix kept: the package is run by browsers, which add none. */
function wrongSuffixes(sources: readonly Source[]): string[] {
  return sources.filter(isShipped).flatMap((source) =>
    importsOf(source)
      .filter(({ name }) => name.startsWith('.') && !/\.js$/.test(name))
      .map(({ name }) => `${source.path} imports ${name}, which does not end in .js`),
  );
}

const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['innerHTML', /\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b/],
  ['dangerouslySetInnerHTML', /dangerouslySetInnerHTML/],
  ['eval(', /(?<![.\w])eval\(/],
  ['new Function', /new Function\b/],
  ['postMessage to anyone', /postMessage\([^)]*['"`]\*['"`]/],
  ['document.write', /\bdocument\.write\b/],
];

function forbidden(sources: readonly Source[]): string[] {
  return sources.filter(isShipped).flatMap(({ path, text }) => {
    const code = withoutComments(text);
    return FORBIDDEN.filter(([, pattern]) => pattern.test(code)).map(([what]) => `${path} uses ${what}`);
  });
}

/** Near enough for the patterns above: a `//` inside a text hides at most the rest of its line. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

const isTest = (path: string): boolean => /\.test\.tsx?$/.test(path);
const isShipped = ({ path }: Source): boolean =>
  /^(protocol|client|extension|server-fixture)\//.test(path) && !isTest(path) && !/(^|\/)(testing\/|test-)/.test(path);

function readSources(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && /\.tsx?$/.test(file.name) && !file.parentPath.includes('node_modules'))
    .map((file) => join(file.parentPath, file.name))
    .map((path) => ({ path: relative(ROOT, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') }));
}

describe('the sources of this repo', () => {
  const sources = FOLDERS.flatMap(readSources);

  it('are read', () => {
    expect(sources.length).toBeGreaterThan(150);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(400);
  });

  it('import in no direction but those of DESIGN §2', () => expect(wrongImports(sources)).toEqual([]));
  it('take nothing but types from the protocol in the panel’s ui', () =>
    expect(valuesFromProtocol(sources)).toEqual([]));
  it('end relative imports in .js where they are shipped', () => expect(wrongSuffixes(sources)).toEqual([]));
  it('use nothing that turns text into markup or code', () => expect(forbidden(sources)).toEqual([]));
});

const source = (path: string, text: string): Source[] => [{ path, text }];

describe('the rule on directions', () => {
  it.each([
    ['protocol/packet.ts', `import { z } from 'zod';`, 'zod'],
    ['protocol/packet.ts', `import { decode } from '@msgpack/msgpack';`, '@msgpack/msgpack'],
    ['protocol/packet.ts', `import '../client/index.js';`, '../client/index.js'],
    ['protocol/index.ts', `export * from './tap/agent-message.schema.js';`, './tap/agent-message.schema.js'],
    ['protocol/tap/agent-message.schema.ts', `import fs from 'node:fs';`, 'node:fs'],
    ['client/cache/cache.ts', `import { z } from 'zod';`, 'zod'],
    ['client/cache/cache.ts', `import { h } from 'preact';`, 'preact'],
    ['client/cache/cache.ts', `import { signal } from '@preact/signals';`, '@preact/signals'],
    [
      'client/cache/cache.ts',
      `import type { X } from '../../extension/agent/agent.js';`,
      '../../extension/agent/agent.js',
    ],
    ['client/index.ts', `export * from './preact.js';`, './preact.js'],
    ['client/index.ts', `export { TestRuntime } from './testing/test-runtime.js';`, './testing/test-runtime.js'],
    [
      'client/tap/client-tap.ts',
      `import '../../protocol/tap/agent-message.schema.js';`,
      '../../protocol/tap/agent-message.schema.js',
    ],
    ['client/call/backend.ts', `const x = await import('ws');`, 'ws'],
    ['client/call/backend.ts', 'const x = await import(name);', '(computed)'],
    ['client/preact/use-query.ts', `import '../../server-fixture/index.js';`, '../../server-fixture/index.js'],
    ['extension/agent/agent.ts', `import { NetronClient } from '../../client/index.js';`, '../../client/index.js'],
    ['extension/agent/agent.ts', `import '../bridge/limits.js';`, '../bridge/limits.js'],
    [
      'extension/agent/agent.ts',
      `import '../../protocol/tap/agent-message.schema.js';`,
      '../../protocol/tap/agent-message.schema.js',
    ],
    ['extension/bridge/connection.ts', `import { z } from 'zod';`, 'zod'],
    ['extension/bridge/connection.ts', `import '../agent/limits.js';`, '../agent/limits.js'],
    ['extension/bridge/connection.ts', `import '../panel/store/limits.js';`, '../panel/store/limits.js'],
    ['extension/panel/ui/tabs.tsx', `import '../store/panel-store.js';`, '../store/panel-store.js'],
    ['extension/panel/ui/tabs.tsx', `import browser from 'webextension-polyfill';`, 'webextension-polyfill'],
    ['extension/panel/store/call-log.ts', `import '../ui/format.js';`, '../ui/format.js'],
    ['extension/panel/store/call-log.ts', `import '../views/calls-view.js';`, '../views/calls-view.js'],
    ['extension/panel/views/calls-view.tsx', `import browser from 'webextension-polyfill';`, 'webextension-polyfill'],
    ['extension/panel/views/calls-view.tsx', `import '../../agent/agent.js';`, '../../agent/agent.js'],
    ['extension/devtools.ts', `import './bridge/frame.js';`, './bridge/frame.js'],
    ['server-fixture/fixture.ts', `import '../client/index.js';`, '../client/index.js'],
    ['server-fixture/fixture.ts', `import express from 'express';`, 'express'],
    ['e2e/harness/demo.ts', `import '../../client/index.js';`, '../../client/index.js'],
    ['e2e/harness/demo.ts', `let x: import('../../server-fixture/index.js').Fixture;`, '../../server-fixture/index.js'],
    ['examples/team-directory/app.tsx', `import '../../client/index.js';`, '../../client/index.js'],
    ['examples/team-directory/app.tsx', `import React from 'react';`, 'react'],
  ])('catches %s: %s', (path, text, name) => {
    expect(wrongImports(source(path, text))).toEqual([`${path} imports ${name}`]);
  });

  it('wants a rule for every file', () => {
    expect(wrongImports(source('extension/overlay/main.ts', ''))).toEqual([
      'extension/overlay/main.ts: no rule says what it may import',
    ]);
  });

  it.each([
    ['protocol/tap/agent-message.schema.ts', `import { z } from 'zod'; import type { A } from './agent-message.js';`],
    ['protocol/codec/vectors.test.ts', `import { decode } from '@msgpack/msgpack';`],
    ['client/cache/cache.ts', `import { batch } from '@preact/signals-core'; import '../../protocol/index.js';`],
    [
      'client/preact/use-query.ts',
      `import { useEffect } from 'preact/hooks'; import { signal } from '@preact/signals';`,
    ],
    ['extension/panel/views/calls-view.tsx', `import '../ui/tabs.js'; import '../store/call-log.js'; const a = <b />;`],
    ['server-fixture/fixture.ts', `import http from 'node:http'; import { WebSocketServer } from 'ws';`],
    ['e2e/chromium/a.spec.ts', `import { test } from '../harness/test.ts'; import 'netron-client/fixture';`],
    ['protocol/packet.ts', `// import 'zod'\nconst text = "import 'zod'";`],
  ])('lets through %s: %s', (path, text) => expect(wrongImports(source(path, text))).toEqual([]));

  it('tells values from types', () => {
    const path = 'extension/panel/ui/tabs.tsx';
    expect(valuesFromProtocol(source(path, `import { TapKind } from '../../../protocol/index.js';`))).toHaveLength(1);
    expect(valuesFromProtocol(source(path, `import type { A } from '../../../protocol/index.js';`))).toEqual([]);
  });
});

describe('the rule on suffixes', () => {
  it.each(['./a', './a.ts', '../b.mjs', './c.json', '..'])('catches %s', (name) => {
    expect(wrongSuffixes(source('client/a.ts', `import '${name}';`))).toEqual([
      `client/a.ts imports ${name}, which does not end in .js`,
    ]);
  });
  it('lets through .js and packages', () => {
    expect(wrongSuffixes(source('client/a.ts', `import './a.js'; import 'ws'; export * from '../b/c.js';`))).toEqual(
      [],
    );
  });
});

describe('the rule on markup and code', () => {
  it.each([
    ['innerHTML', 'element.innerHTML = text'],
    ['innerHTML', `element['outerHTML']`],
    ['innerHTML', `element.insertAdjacentHTML('beforeend', text)`],
    ['dangerouslySetInnerHTML', '<b dangerouslySetInnerHTML={x} />'],
    ['eval(', 'eval(text)'],
    ['new Function', 'const f = new Function(text)'],
    ['postMessage to anyone', `parent.postMessage({ a: 1 }, '*')`],
    ['document.write', 'document.write(text)'],
  ])('catches %s in %s', (what, text) => {
    expect(forbidden(source('extension/panel/a.tsx', text))).toContain(`extension/panel/a.tsx uses ${what}`);
  });
  it.each(['// innerHTML', '/* eval(x) */', 'inspectedWindow.eval(x)', 'worker.postMessage(1)', 'evaluate(x)'])(
    'lets through %s',
    (text) => expect(forbidden(source('extension/panel/a.tsx', text))).toEqual([]),
  );
});
