import { NetronClient, service } from 'netron-client';
import type { BackendUrls } from './backends.js';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly team: string;
  readonly email: string;
  /** ISO 8601. */
  readonly joined: string;
  readonly version: number;
}

export type PersonFields = Pick<Person, 'name' | 'title' | 'team' | 'email'>;

/** The version is the one that was edited: the server refuses the patch when there is a newer one. */
export type PersonPatch = Partial<PersonFields> & Pick<Person, 'version'>;

interface TeamCount {
  readonly team: string;
  readonly count: number;
}

export interface DirectoryService {
  list(): Promise<readonly Person[]>;
  get(id: string): Promise<Person>;
  teams(): Promise<readonly TeamCount[]>;
  update(id: string, patch: PersonPatch): Promise<Person>;
  failNext(failure: { code: number; message: string; errorCode?: string }): Promise<true>;
}

export interface Price {
  readonly symbol: string;
  readonly price: number;
  readonly change: number;
  readonly at: Date;
}

export interface MarketService {
  streamPrices(symbols: readonly string[]): AsyncIterable<Price>;
}

export const Directory = service<DirectoryService>('directory@1.0.0', { backend: 'main' });
export const Market = service<MarketService>('market@1.0.0', { backend: 'live' });

/** Everything the directory reads: fresh for 15 s, and stale at once when a save says so by the tag. */
export const DIRECTORY_CACHE = { maxAge: 15_000, tags: ['directory'] };

export function createClient(urls: BackendUrls): NetronClient {
  return new NetronClient({
    backends: { main: urls.main, live: urls.live },
    default: 'main',
    // The panel is what this demo is for, so the tap stays on in the production build too.
    devtools: { name: 'team-directory' },
  });
}
