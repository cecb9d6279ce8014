import { mkdirSync, writeFileSync } from 'node:fs';
import { mutateBytes } from './byte-mutator.ts';
import { type Corpus, loadCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { type Finding, findingKey } from './finding.ts';
import { mutateJson } from './json-mutator.ts';
import { minimise } from './minimise.ts';
import { Oracle } from './oracle.ts';
import { Random } from './random.ts';
import type * as Target from './target.ts';

export interface CampaignOptions {
  readonly root: URL;
  readonly seconds: number;
  readonly seed: number;
  /** Of the bundle of {@link Target}, whose coverage guides the search. */
  readonly targetUrl: string;
}

/** Coverage is taken once for so many inputs: taking it is dearer than running a hundred of them. */
const BATCH_INPUTS = 200;
/** One input in so many is an HTTP body: their parsers are small. */
const ENVELOPE_EVERY = 20;
/** What was kept last is tried more often: it has been mutated least. */
const RECENT = 32;

/** Runs until the time is over, prints what it finds, and returns how many finds there were. */
export function run(target: typeof Target, { root, seconds, seed, targetUrl }: CampaignOptions): number {
  const corpus = loadCorpus(root);
  const campaign = new Campaign(target, corpus, seed, targetUrl, new URL('fuzz/findings/', root));
  campaign.replay();
  const untilMs = performance.now() + seconds * 1_000;
  while (performance.now() < untilMs) campaign.batch();
  campaign.stop();
  const { inputs, kept, findings } = campaign;
  process.stdout.write(`${inputs} inputs, ${kept} kept, ${findings} findings (seed ${seed})\n`);
  return findings;
}

class Campaign {
  inputs = 0;
  readonly #oracle: Oracle;
  readonly #random: Random;
  readonly #coverage: Coverage;
  readonly #messages: Uint8Array[];
  readonly #corpus: Corpus;
  readonly #folder: URL;
  readonly #found = new Set<string>();
  readonly #seed: number;

  constructor(target: typeof Target, corpus: Corpus, seed: number, targetUrl: string, folder: URL) {
    this.#coverage = new Coverage((url) => url === targetUrl);
    this.#oracle = new Oracle(target);
    this.#random = new Random(seed);
    this.#corpus = corpus;
    this.#messages = [...corpus.messages];
    this.#folder = folder;
    this.#seed = seed;
  }

  /** Inputs that reached something new. */
  get kept(): number {
    return this.#messages.length - this.#corpus.messages.length;
  }

  get findings(): number {
    return this.#found.size;
  }

  /** The corpus as it is. */
  replay(): void {
    for (const message of this.#messages) this.#try(message, true);
    for (const text of this.#corpus.envelopes) this.#tryEnvelope(JSON.parse(text));
    this.#coverage.grew();
  }

  batch(): void {
    const messages: Uint8Array[] = [];
    for (let i = 0; i < BATCH_INPUTS; i++) {
      if (i % ENVELOPE_EVERY === 0) {
        this.#tryEnvelope(mutateJson(this.#random.pick(this.#corpus.envelopes), this.#random));
        continue;
      }
      const message = mutateBytes(this.#parent(), this.#random.pick(this.#messages), this.#random);
      messages.push(message);
      this.#try(message, false);
    }
    const { seen: before } = this.#coverage;
    if (!this.#coverage.grew()) return;
    const { seen: after } = this.#coverage;
    // Somebody in the batch was it: each runs again by itself.
    this.#coverage.seen = before;
    for (const message of messages) {
      this.#oracle.checkMessage(message);
      if (this.#coverage.grew()) this.#messages.push(message);
    }
    // It may have been an HTTP body, which is not kept, or what runs only now and then.
    this.#coverage.seen = after;
  }

  stop(): void {
    this.#coverage.stop();
  }

  #parent(): Uint8Array {
    const recent = this.#random.below(3) === 0 ? this.#messages.slice(-RECENT) : this.#messages;
    return this.#random.pick(recent);
  }

  #try(message: Uint8Array, thorough: boolean): void {
    this.inputs++;
    const finding = this.#oracle.checkMessage(message, thorough);
    if (finding === undefined || !this.#isNew(finding)) return;
    const key = findingKey(finding);
    const shortest = minimise(message, (candidate) => {
      const other = this.#oracle.checkMessage(candidate);
      return other !== undefined && findingKey(other) === key;
    });
    this.#report(finding, Buffer.from(shortest).toString('hex'), 'hex');
  }

  #tryEnvelope(body: unknown): void {
    this.inputs++;
    const finding = this.#oracle.checkEnvelope(body);
    if (finding !== undefined && this.#isNew(finding)) this.#report(finding, JSON.stringify(body), 'json');
  }

  #isNew(finding: Finding): boolean {
    const key = findingKey(finding);
    if (this.#found.has(key)) return false;
    this.#found.add(key);
    return true;
  }

  #report({ rule, reason }: Finding, input: string, ending: string): void {
    mkdirSync(this.#folder, { recursive: true });
    const name = `${this.#seed}-${this.#found.size}.${ending}`;
    const head = ending === 'hex' ? `# ${rule}: ${reason.replaceAll('\n', ' ')}\n# seed ${this.#seed}\n` : '';
    writeFileSync(new URL(name, this.#folder), `${head}${input}\n`);
    process.stdout.write(`FOUND ${rule}: ${reason}\n  ${input}\n  fuzz/findings/${name}, seed ${this.#seed}\n`);
  }
}
