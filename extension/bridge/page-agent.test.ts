// What `virtual:netron-agent` is; the project of the tests does not include it by itself.
/// <reference path="../virtual-modules.d.ts" />
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { EvalOutcome } from './evaluator.js';
import { PageAgent } from './page-agent.js';
import { SingleFlight } from './single-flight.js';

vi.mock('./agent-source.js', () => ({ agentSource: '(globalThis.injected=true)', agentBuild: 'b"1' }));

const GOOD_DRAIN = {
  v: 1,
  session: 's',
  from: 0,
  next: 1,
  lost: 0,
  more: false,
  nowMs: 1.5,
  t0Us: 0,
  table: [],
  rows: [],
  entries: [],
  clients: [],
  costMs: 0,
};

function agentWith(answer: (expression: string) => EvalOutcome | Promise<EvalOutcome>): PageAgent {
  return new PageAgent(new SingleFlight({ evaluate: async (expression) => answer(expression) }, () => undefined));
}
const answering = (value: unknown): PageAgent => agentWith(() => ({ kind: 'value', value }));
const drain = (agent: PageAgent) => agent.drain(() => ({ session: 's', cursor: 0 }));

describe('PageAgent', () => {
  it.each([
    ['a good one', JSON.stringify(GOOD_DRAIN), { kind: 'reply', value: GOOD_DRAIN }],
    [
      'one with more than was agreed',
      JSON.stringify({ ...GOOD_DRAIN, more2: 1 }),
      { kind: 'reply', value: GOOD_DRAIN },
    ],
    ['no agent there', '', { kind: 'missing' }],
    ['no string', undefined, { kind: 'invalid', message: 'a undefined, not a string' }],
    ['an object', GOOD_DRAIN, { kind: 'invalid', message: 'a object, not a string' }],
    ['broken JSON', '{"v":1', { kind: 'invalid', message: 'no JSON' }],
    [
      'another version',
      JSON.stringify({ ...GOOD_DRAIN, v: 2 }),
      { kind: 'invalid', message: expect.stringMatching(/^v: /) },
    ],
    [
      'no version',
      JSON.stringify({ ...GOOD_DRAIN, v: undefined }),
      { kind: 'invalid', message: expect.stringMatching(/^v: /) },
    ],
    [
      'a wrong shape',
      JSON.stringify({ ...GOOD_DRAIN, next: -1 }),
      { kind: 'invalid', message: expect.stringMatching(/^next: /) },
    ],
    [
      'a wrong table',
      JSON.stringify({ ...GOOD_DRAIN, table: [1] }),
      { kind: 'invalid', message: expect.stringMatching(/^table\.0: /) },
    ],
    ['null', 'null', { kind: 'invalid', message: expect.any(String) }],
    ['a list', '[]', { kind: 'invalid', message: expect.any(String) }],
    ['a refusal of the agent', '{"v":1,"error":"x"}', { kind: 'invalid', message: expect.any(String) }],
  ])('reads an answer: %s', async (_, value, reply) => expect(await drain(answering(value))).toEqual(reply));

  it.each<EvalOutcome>([
    { kind: 'threw', message: 'x' },
    { kind: 'denied', message: 'x' },
    { kind: 'retry', message: 'x' },
  ])('hands on that an evaluation failed: $kind', async (outcome) => {
    expect(await drain(agentWith(() => outcome))).toEqual(outcome);
  });

  it('leaves rows and entries to be judged one by one', async () => {
    const reply = await drain(answering(JSON.stringify({ ...GOOD_DRAIN, rows: [1, null, {}], entries: ['x', null] })));
    expect(reply).toMatchObject({ kind: 'reply', value: { rows: [1, null, {}], entries: ['x', null] } });
  });

  it('survives a value that is nested deeper than any page of values', async () => {
    const deep = `${'{"type":"object","preview":"","size":1,"children":[{"key":"a","node":'.repeat(20_000)}{}`;
    const text = `{"v":1,"offset":0,"node":${deep}${'}]}'.repeat(20_000)}}`;
    const agent = answering(text);
    expect(await agent.value({ of: 'record', seq: 1, slot: 'a' }, [], 0)).toMatchObject({ kind: 'invalid' });
  });

  it('parses each kind of answer by its own shape', async () => {
    const node = {
      type: 'object',
      preview: '{}',
      size: 1,
      children: [{ key: 'a', node: { type: 'null', preview: 'null', size: 0 } }],
    };
    const changes = [{ path: '.a', op: 'add', before: '', after: '1' }];
    const ref = { of: 'record', seq: 1, slot: 'a' } as const;
    const ask = (reply: object): PageAgent => answering(JSON.stringify({ v: 1, ...reply }));
    expect(await ask({ node, offset: 0 }).value(ref, [], 0)).toEqual({
      kind: 'reply',
      value: { v: 1, node, offset: 0 },
    });
    expect(await ask({ gone: 'x' }).value(ref, [], 0)).toEqual({ kind: 'reply', value: { v: 1, gone: 'x' } });
    expect(await ask({ node: { ...node, type: 'script' }, offset: 0 }).value(ref, [], 0)).toMatchObject({
      kind: 'invalid',
    });
    expect(await ask({ changes, omitted: 0 }).diff(1)).toMatchObject({ kind: 'reply' });
    expect(await ask({ changes, omitted: -1 }).diff(1)).toMatchObject({ kind: 'invalid' });
    expect(await ask({ changes: [], omitted: 0 }).layerDiff(1, 0)).toMatchObject({ kind: 'reply' });
    expect(await ask({ ok: true }).command('refetch', 1)).toEqual({ kind: 'reply', value: { v: 1, ok: true } });
    expect(await ask({ error: 'x' }).command('refetch', 1)).toEqual({ kind: 'reply', value: { v: 1, error: 'x' } });
    expect(await ask({ ok: false }).command('refetch', 1)).toMatchObject({ kind: 'invalid' });
  });
});

/** A page whose agent writes down what it was called with. */
function page(build = 'b"1'): { readonly calls: unknown[]; run(expression: string): EvalOutcome } {
  const context = createContext({});
  runInContext(
    `globalThis.log = []; globalThis.pwned = 0;
     const handler = { get: (_, name) => name === 'build' ? ${JSON.stringify(build)}
       : (...args) => { log.push(JSON.stringify([name, args])); return '{"v":1,"gone":"x"}'; } };
     globalThis[Symbol.for('netron.agent')] = new Proxy({}, handler);`,
    context,
  );
  return {
    get calls() {
      expect(runInContext('pwned', context)).toBe(0);
      return (runInContext('log', context) as string[]).map((line) => JSON.parse(line) as unknown);
    },
    run: (expression) => ({ kind: 'value', value: runInContext(expression, context) as unknown }),
  };
}

describe('the expressions', () => {
  const HOSTILE = [
    ...[
      '"',
      "'",
      '`',
      '\\',
      '\\"',
      '");pwned=1;("',
      "');pwned=1;('",
      '$'.concat('{pwned=1}'),
      '`$'.concat('{pwned=1}`'),
      '</script><script>pwned=1',
    ],
    ...[
      '\u2028pwned=1',
      '\u2029pwned=1',
      '\n;pwned=1//',
      '\r',
      '\0',
      '*/pwned=1/*',
      '//',
      '<!--',
      '-->',
      '\ud800',
      '__proto__',
    ],
    ...['constructor', '\\u0022);pwned=1', '];pwned=1;[', '})(0);pwned=1;(a=>({'],
  ];

  it.each(HOSTILE)('keep a hostile text as data: %j', async (text) => {
    const there = page();
    const agent = agentWith((expression) => there.run(expression));
    await agent.drain(() => ({ session: text, cursor: 0 }));
    await agent.value({ of: 'record', seq: 1, slot: text as never }, [text as never], text as never);
    await agent.command(text as never, text as never);
    await agent.diff(text as never);
    expect(there.calls).toEqual([
      ['drain', [{ session: text, cursor: 0, capChars: 300_000 }]],
      ['value', [{ of: 'record', seq: 1, slot: text }, [text], text]],
      ['command', [{ type: text, entryId: text }]],
      ['diff', [text]],
    ]);
  });

  it('say the same as they were told, for any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), fc.array(fc.nat()), async (session, path) => {
        const there = page();
        const agent = agentWith((expression) => there.run(expression));
        await agent.drain(() => ({ session, cursor: path.length }));
        await agent.value({ of: 'entry', id: 1, slot: 'layer', layer: 2 }, path, 100);
        expect(there.calls).toEqual([
          ['drain', [{ session, cursor: path.length, capChars: 300_000 }]],
          ['value', [{ of: 'entry', id: 1, slot: 'layer', layer: 2 }, path, 100]],
        ]);
      }),
      { numRuns: 60 },
    );
  });

  it('differ in their arguments alone', async () => {
    const sent: string[] = [];
    const agent = agentWith((expression) => {
      sent.push(expression);
      return { kind: 'value', value: '' };
    });
    for (const cursor of [1, 22, 333]) await agent.drain(() => ({ session: `s${cursor}`, cursor }));
    const constant = sent.map((expression) => expression.replace(/\(\{.*?\}\)/, '(ARGUMENTS)'));
    expect(new Set(constant).size).toBe(1);
    for (const expression of sent) expect(expression).not.toMatch(/sourceURL|debugger|await/);
  });

  it('call no agent of another build, and no page without one', async () => {
    const there = page('another');
    expect(await drain(agentWith((expression) => there.run(expression)))).toEqual({ kind: 'missing' });
    expect(there.calls).toEqual([]);
    const empty = createContext({});
    const reply = drain(
      agentWith((expression) => ({ kind: 'value', value: runInContext(expression, empty) as unknown })),
    );
    expect(await reply).toEqual({ kind: 'missing' });
  });

  it('put the agent before its greeting', async () => {
    const sent: string[] = [];
    const agent = agentWith((expression) => {
      sent.push(expression);
      return { kind: 'value', value: '' };
    });
    await agent.inject();
    await agent.hello();
    expect(sent[0]).toBe(`(globalThis.injected=true);${sent[1]}`);
    expect(runInContext(sent[0] ?? '', createContext({}))).toBe('');
  });
});
