import type { TokenStorage } from './auth-options.js';

/** Where a token is kept. What the browser refuses to store lives as long as the page does. */
export class TokenStore {
  readonly #key: string;
  #storage: Storage | undefined;
  #token: string | undefined;

  constructor(kind: TokenStorage, key: string) {
    this.#key = key;
    this.#storage = storageOf(kind);
  }

  /** Read each time, since another tab may have signed out, or have a newer one. */
  get token(): string | undefined {
    this.#attempt((storage) => {
      this.#token = storage.getItem(this.#key) || undefined;
    });
    return this.#token;
  }

  set token(token: string | undefined) {
    this.#token = token;
    this.#attempt((storage) => {
      // First, so that the old one is gone though there may be no room for the new one.
      storage.removeItem(this.#key);
      if (token !== undefined) storage.setItem(this.#key, token);
    });
  }

  #attempt(use: (storage: Storage) => void): void {
    try {
      if (this.#storage !== undefined) use(this.#storage);
    } catch {
      this.#storage = undefined;
    }
  }
}

/** Reading the property itself throws where the page may store nothing. */
function storageOf(kind: TokenStorage): Storage | undefined {
  try {
    return kind === 'memory' ? undefined : kind === 'session' ? globalThis.sessionStorage : globalThis.localStorage;
  } catch {
    return undefined;
  }
}
