import { type Case, nameOf } from './case.js';
import { reasonOf, Unmet } from './expect.js';
import { type ServerUrls, Site } from './site.js';

export interface RunOptions {
  readonly urls: ServerUrls;
  /** Whether the server knows the accounts of CONFORMANCE.md; cases that need them are skipped otherwise. */
  readonly auth: boolean;
  readonly deadlineMs: number;
}

/** How one case went. */
export interface CaseResult extends Pick<Case, 'via' | 'subject' | 'title'> {
  readonly outcome: 'ok' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** Why it failed or was skipped, or which of several documented behaviours was met. */
  readonly note: string | undefined;
}

/** Runs the cases one after another, since what one leaves undone would show in another. Never throws. */
export async function runCases(
  cases: readonly Case[],
  options: RunOptions,
  onResult: (result: CaseResult) => void,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const one of cases) {
    const { via, subject, title } = one;
    const startMs = performance.now();
    const end = await runCase(one, options);
    const result = { via, subject, title, ...end, durationMs: Math.round(performance.now() - startMs) };
    results.push(result);
    onResult(result);
  }
  return results;
}

/** The cases whose name contains the text, in any case of letters. */
export function onlyCases(cases: readonly Case[], text: string): readonly Case[] {
  return cases.filter((one) => nameOf(one).toLowerCase().includes(text.toLowerCase()));
}

async function runCase(
  one: Case,
  { urls, auth, deadlineMs }: RunOptions,
): Promise<Pick<CaseResult, 'outcome' | 'note'>> {
  if (one.needsAuth && !auth) return { outcome: 'skipped', note: 'needs --auth' };
  const site = new Site(one.via, urls, deadlineMs);
  try {
    let note: string | undefined;
    try {
      const met = await within<unknown>(deadlineMs, one.run(site), 'the case');
      if (typeof met === 'string') note = met;
    } catch (error) {
      // What went wrong first is what the reader needs; what could not be put back is most likely of the same cause.
      await within(deadlineMs, site.restore(), 'putting the server back').catch(() => undefined);
      throw error;
    }
    await within(deadlineMs, site.restore(), 'putting the server back');
    return { outcome: 'ok', note };
  } catch (error) {
    return { outcome: 'failed', note: reasonOf(error) };
  } finally {
    site.close();
  }
}

/** Gives up waiting at the deadline. What goes on behind it ends when the site is closed, and nobody listens to it. */
async function within<T>(deadlineMs: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Unmet(`${what} did not end within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}
