import { type Profiler, Session } from 'node:inspector';

/** Which characters of one script have run, from V8's own block coverage. */
export class Coverage {
  readonly #session = new Session();
  readonly #isMeant: (url: string) => boolean;
  /** One for each character that has run. Replaced as it grows, never written to: keep it to come back to it. */
  seen: Uint8Array<ArrayBuffer> = new Uint8Array(0);

  constructor(isMeant: (url: string) => boolean) {
    this.#isMeant = isMeant;
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Whether anything has run since the last call that never ran before. Takes about 0.6 ms. */
  grew(): boolean {
    let grew = false;
    // With a session of the same thread, the answer comes before `post` returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, coverage) => {
      if (error === null) for (const script of coverage.result) if (this.#isMeant(script.url)) grew = this.#add(script);
    });
    return grew;
  }

  stop(): void {
    this.#session.disconnect();
  }

  #add({ functions }: Profiler.ScriptCoverage): boolean {
    const end = Math.max(0, ...functions.flatMap(({ ranges }) => ranges.map(({ endOffset }) => endOffset)));
    const ran = new Uint8Array(Math.max(end, this.seen.length));
    // Outer ranges come before those inside them, so the last word on a character is the innermost one.
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
    const grew = ran.some((one, i) => one === 1 && this.seen[i] !== 1);
    if (!grew) return false;
    for (let i = 0; i < this.seen.length; i++) ran[i] = (ran[i] as number) | (this.seen[i] as number);
    this.seen = ran;
    return true;
  }
}
