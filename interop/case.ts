import type { Site } from './site.js';

export type Via = 'http' | 'ws';

/** One thing that any server must do for this client, over one transport. */
export interface Case {
  readonly via: Via;
  readonly subject: string;
  readonly title: string;
  /** Whether the server must know the accounts of CONFORMANCE.md. */
  readonly needsAuth: boolean;
  readonly run: Run;
}

/**
 * Throws where the server, or the client, does not do as it should. Where servers are known to differ, resolves to the
 * behaviour that was met.
 */
export type Run = (site: Site) => Promise<string> | Promise<void>;

type Draft = Omit<Case, 'subject'>;

export function http(title: string, run: Run): readonly Draft[] {
  return [{ via: 'http', title, needsAuth: false, run }];
}

export function ws(title: string, run: Run): readonly Draft[] {
  return [{ via: 'ws', title, needsAuth: false, run }];
}

/** The same over either transport; `site.via` says which. */
export function both(title: string, run: Run): readonly Draft[] {
  return [...http(title, run), ...ws(title, run)];
}

export function withAuth(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.map((draft) => ({ ...draft, needsAuth: true }));
}

export function subject(name: string, ...drafts: readonly (readonly Draft[])[]): readonly Case[] {
  return drafts.flat().map((draft) => ({ ...draft, subject: name }));
}

/** As reports name it: `ws streams: count in order`. */
export function nameOf({ via, subject, title }: Pick<Case, 'via' | 'subject' | 'title'>): string {
  return `${via} ${subject}: ${title}`;
}
