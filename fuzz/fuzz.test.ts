import { describe, expect, it } from 'vitest';
import { mutateBytes } from './byte-mutator.ts';
import { loadCorpus } from './corpus.ts';
import { findingKey } from './finding.ts';
import { mutateJson } from './json-mutator.ts';
import { minimise } from './minimise.ts';
import { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import { sameValue } from './same-value.ts';
import * as target from './target.ts';

const corpus = loadCorpus(new URL('../', import.meta.url));
const SEED = 20261121;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Decodes like ours, but for what a test breaks. */
function brokenTarget(decode: (bytes: Uint8Array, right: (bytes: Uint8Array) => unknown) => unknown): typeof target {
  class BrokenDecoder extends target.Decoder {
    override decode(bytes: Uint8Array): unknown {
      return decode(bytes, (message) => super.decode(message));
    }
  }
  return { ...target, Decoder: BrokenDecoder };
}

describe('the codec and the HTTP parsers', () => {
  it('hold for every message of the corpus, allocations included', () => {
    const oracle = new Oracle(target);
    for (const message of corpus.messages) expect(oracle.checkMessage(message, true), hex(message)).toBeUndefined();
    for (const text of corpus.envelopes) expect(oracle.checkEnvelope(JSON.parse(text)), text).toBeUndefined();
  });

  it('hold for 95,000 mutations of it', () => {
    const oracle = new Oracle(target);
    const random = new Random(SEED);
    for (let i = 0; i < 95_000; i++) {
      const message = mutateBytes(random.pick(corpus.messages), random.pick(corpus.messages), random);
      const finding = oracle.checkMessage(message);
      if (finding !== undefined) expect.fail(`${findingKey(finding)}\n${hex(message)}`);
    }
  });

  it('hold for 5,000 mutated HTTP bodies', () => {
    const oracle = new Oracle(target);
    const random = new Random(SEED);
    for (let i = 0; i < 5_000; i++) {
      const body = mutateJson(random.pick(corpus.envelopes), random);
      const finding = oracle.checkEnvelope(body);
      if (finding !== undefined) expect.fail(`${findingKey(finding)}\n${JSON.stringify(body)}`);
    }
  });
});

describe('the oracle notices', () => {
  const message = Uint8Array.of(0x93, 1, 2, 3);

  it.each<[string, string, Parameters<typeof brokenTarget>[0], Uint8Array]>([
    ['an untyped error', 'decode throws typed errors only', () => fail(), message],
    ['a value that cannot be written', 'decode: what was read can be written', () => () => 1, message],
    ['another value', 'decode: comes back as it was', (_, right) => [right(message), Math.random()], message],
    ['a decoder that is stuck', 'decode: a good message is read after a bad one', stuck(), Uint8Array.of(0xc1)],
    ['five slow milliseconds', 'decode is cheap', () => busy(7), message],
    ['a bomb', 'decode is cheap', () => new Array(1_000_000).fill(0).length, message],
  ])('%s', (_, rule, decode, bytes) => {
    expect(new Oracle(brokenTarget(decode)).checkMessage(bytes, true)?.rule).toBe(rule);
  });

  it('a changed prototype', () => {
    const oracle = new Oracle(target);
    try {
      Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true });
      expect(oracle.checkMessage(message)?.rule).toBe('prototypes stay as they are');
    } finally {
      Reflect.deleteProperty(Object.prototype, 'polluted');
    }
    expect(oracle.checkMessage(message)).toBeUndefined();
  });

  it.each<[unknown, unknown]>([
    [1, 2],
    [1, 1n],
    [[1], [1, undefined]],
    [{ a: undefined }, {}],
    [new Map([[1, 2]]), new Map([[2, 1]])],
    [new Date(1), new Date(2)],
    [new TypeError('a'), new Error('a')],
    [new Error('a'), Object.assign(new Error('a'), { code: 1 })],
    [new target.TitanError(1, 'a', { cause: new Error('b') }), new target.TitanError(1, 'a')],
    [Uint8Array.of(1), Uint8Array.of(2)],
  ])('that %o is not %o', (a, b) => {
    expect(sameValue(a, b, target)).toBe(false);
    expect(sameValue(a, a, target)).toBe(true);
  });
});

it('the same seed makes the same inputs', () => {
  const inputs = (): string[] => {
    const random = new Random(7);
    return corpus.messages.map((message) => hex(mutateBytes(message, random.pick(corpus.messages), random)));
  };
  expect(inputs()).toEqual(inputs());
});

it('a find is made as short as it can be', () => {
  const long = Uint8Array.from({ length: 200 }, (_, i) => i);
  expect([...minimise(long, (bytes) => bytes.includes(150) && bytes.includes(20))]).toEqual([20, 150]);
});

function fail(): never {
  throw new TypeError('not typed');
}

function stuck(): (bytes: Uint8Array, right: (bytes: Uint8Array) => unknown) => unknown {
  return (bytes, right) => (bytes[0] === 0xc1 ? right(bytes) : 'stuck');
}

function busy(forMs: number): unknown {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
  return 1;
}
