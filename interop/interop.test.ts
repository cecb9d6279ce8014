import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { createFixture, type Fixture, Public, Service } from '../server-fixture/index.js';
import { cases } from './cases.js';
import { interop } from './command-line.js';

/** What a run of the command printed, and its exit code. */
async function run(...args: readonly string[]) {
  const lines: string[] = [];
  const complaints: string[] = [];
  const code = await interop(args, { print: (line) => lines.push(line), complain: (line) => complaints.push(line) });
  return { code, lines, complaints, last: lines.at(-1) };
}

const urlsOf = ({ http, ws }: Pick<Fixture, 'http' | 'ws'>): string[] => ['--http', http, '--ws', ws];
const failedLines = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith('FAIL'));

/** Without what was met, which a busy machine may change: whether a stream has ended in time, for one. */
const nameIn = (line: string): string | undefined => line.split(' — ')[0];

/** A port on which nothing listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Some 280 cases each, and a busy machine. */
const TWO_RUNS = { timeout: 60_000 };
const needAuth = cases.filter(({ needsAuth }) => needsAuth).length;

describe('the suite against the fixture', () => {
  // Each has a server of its own, and much of it is waiting: for silence, and for what must not come.
  it.concurrent.each([
    ['plain', {}, [], cases.length - needAuth],
    ['with accounts and strict', { auth: true, strict: true }, ['--auth'], cases.length],
    ['with accounts that the suite is not told of', { auth: true, tick: true }, [], cases.length - needAuth],
  ])('%s passes twice, and leaves it usable', TWO_RUNS, async (_name, options, flags, passed) => {
    const fixture = await createFixture(options);
    try {
      const first = await run(...urlsOf(fixture), ...flags);
      const second = await run(...urlsOf(fixture), ...flags);
      expect(failedLines([...first.lines, ...second.lines])).toEqual([]);
      expect([first.last, second.last]).toEqual(Array(2).fill(`${passed} passed, 0 failed`));
      expect([first.code, second.code]).toEqual([0, 0]);
      expect(second.lines.map(nameIn)).toEqual(first.lines.map(nameIn));
      expect(first.lines.filter((line) => line.startsWith('skip'))).toHaveLength(cases.length - passed);
    } finally {
      await fixture.close();
    }
  });

  it('names every case once', () => {
    const names = cases.map(({ via, subject, title }) => `${via} ${subject}: ${title}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(250);
  });
});

describe('the suite against a server with the defects of the reference', () => {
  @Service('calculator@1.0.0')
  class ReferenceCalculator {
    @Public()
    hidden(): string {
      return 'hidden-method-was-callable';
    }
    @Public()
    add(a: number, b: number): number {
      return a + b + 1;
    }
  }
  @Service('echo@1.0.0')
  class ReferenceEcho {
    @Public()
    make(kind: string): never {
      if (kind === 'uint8') throw new Error('Not supported: uint8array');
      throw Object.assign(new RangeError('out of range'), { code: 'ERR_OUT_OF_RANGE' });
    }
  }
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await createFixture({ services: [new ReferenceCalculator(), new ReferenceEcho()] });
  });
  afterAll(() => fixture.close());

  it.each([
    ['http calculator: hidden', 'ok   http calculator: hidden is not public — callable, as at the reference (012)'],
    ['uint8array as', 'ok   ws   values: Uint8Array as a result — refused, as at the reference (079)'],
    ['1970', 'ok   ws   failures: a date before 1970 as a result — out of range, as at the reference (083)'],
  ])('%s is accepted and named', async (only, line) => {
    expect(await run(...urlsOf(fixture), '--only', only)).toMatchObject({
      code: 0,
      lines: [line, '1 passed, 0 failed'],
    });
  });

  it('says what is wrong where it is no documented difference', async () => {
    const { code, lines } = await run(...urlsOf(fixture), '--only', 'ws calculator: add');
    expect([code, lines]).toEqual([
      1,
      ['FAIL ws   calculator: add — the result is 6, expected 5', '0 passed, 1 failed'],
    ]);
    const hidden = await run(...urlsOf(fixture), '--only', 'ws calculator: hidden');
    expect(hidden.lines[0]).toContain(`— answered 'hidden-method-was-callable', expected an error`);
  });
});

describe('the suite against no server', () => {
  it('fails every case with what the network said, and ends', async () => {
    const port = await freePort();
    const { code, lines, last } = await run(
      '--http',
      `http://127.0.0.1:${port}`,
      '--ws',
      `ws://127.0.0.1:${port}`,
      '--auth',
    );
    expect([code, last]).toEqual([1, `0 passed, ${cases.length} failed`]);
    const failed = failedLines(lines);
    expect(failed).toHaveLength(cases.length);
    expect(failed.filter((line) => !line.includes(`ECONNREFUSED 127.0.0.1:${port}`))).toEqual([]);
  });
});

describe('the suite against a server that never answers', () => {
  let http: Server;
  let ws: WebSocketServer;
  let args: string[];

  beforeAll(async () => {
    http = createServer(() => undefined).listen(0, '127.0.0.1');
    ws = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await Promise.all([once(http, 'listening'), once(ws, 'listening')]);
    const [httpPort, wsPort] = [http, ws].map((server) => (server.address() as AddressInfo).port);
    args = ['--http', `http://127.0.0.1:${httpPort}`, '--ws', `ws://127.0.0.1:${wsPort}`, '--deadline', '200'];
  });
  afterAll(async () => {
    http.closeAllConnections();
    for (const socket of ws.clients) socket.terminate();
    await Promise.all([once(http.close(), 'close'), new Promise((resolve) => ws.close(resolve))]);
  });

  it.concurrent.each(['calculator: add', 'fire reaches', 'setFailure with null', 'streams: forever', 'hundred equal'])(
    'fails %s within its deadline',
    async (only) => {
      const { code, lines } = await run(...args, '--only', only);
      expect(code).toBe(1);
      for (const line of failedLines(lines)) expect(line).toMatch(/no answer within 100 ms|did not end within 200 ms/);
      expect(lines.at(-1)).toBe(`0 passed, ${lines.length - 1} failed`);
    },
  );
});

describe('the command', () => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await createFixture();
  });
  afterAll(() => fixture.close());

  it.each([
    [[], '--http is missing'],
    [['--http', 'http://x'], '--ws is missing'],
    [['--http', 'x', '--ws', 'ws://x'], '--http is "x"'],
    [['--http', 'ws://x', '--ws', 'ws://x'], '--http is "ws://x", expected a http: or https: URL'],
    [['--http', 'http://x', '--ws', 'http://x'], '--ws is "http://x", expected a ws: or wss: URL'],
    [['--http', 'http://x', '--ws', 'ws://x', '--deadline', '0'], '--deadline is "0", expected milliseconds'],
    [['--http', 'http://x', '--ws', 'ws://x', '--deadline', '1e3'], '--deadline is "1e3"'],
    [['--http', 'http://x', '--ws', 'ws://x', '--only', 'no such case'], '--only is "no such case"'],
    [['--http', 'http://x', '--ws', 'ws://x', '--colour'], `'--colour'`],
    [['--http'], `'--http`],
    [['http://x'], 'http://x'],
  ])('%j is refused with 2', async (args, complaint) => {
    const refused = await run(...args);
    expect([refused.code, refused.lines]).toEqual([2, []]);
    expect(refused.complaints.join('\n')).toContain(complaint);
    const accepted = await run(...urlsOf(fixture), '--only', 'http calculator: add');
    expect(accepted).toMatchObject({ code: 0, last: '1 passed, 0 failed' });
  });

  it('prints one object for machines with --json', async () => {
    const { code, lines } = await run(...urlsOf(fixture), '--json', '--only', 'AUTH: A LOGIN');
    expect([code, lines.length]).toEqual([0, 1]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      passed: 0,
      failed: 0,
      skipped: 4,
      urls: { http: fixture.http, ws: fixture.ws },
      cases: Array(4).fill({ subject: 'auth', outcome: 'skipped', note: 'needs --auth' }),
    });
  });

  it.each([
    [[], 2, ''],
    [['--only', 'calculator'], 0, 'passed, 0 failed\n'],
  ])('runs as a process of its own: %j', async (flags, code, end) => {
    const script = fileURLToPath(new URL('../scripts/interop.mjs', import.meta.url));
    const args = flags.length === 0 ? [] : [...urlsOf(fixture), ...flags];
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      printed += part;
    });
    expect(await once(child, 'close')).toEqual([code, null]);
    expect(printed.endsWith(end)).toBe(true);
  });
});
