import { canonicalKey } from './canonical-key.js';
import type { Entry } from './entry.js';

/** All entries of one method. Its name is resolved once, so that a read hashes its arguments alone. */
export class MethodNode {
  readonly entries = new Map<string, Entry>();

  constructor(
    readonly backend: string,
    /** As it was asked for: `users@1.0.0`, or `users` where no version was given. */
    readonly service: string,
    readonly method: string,
  ) {}

  /** `users.list`, the name that patterns match: it covers every version. */
  get pattern(): string {
    const at = this.service.indexOf('@');
    return `${at < 0 ? this.service : this.service.slice(0, at)}.${this.method}`;
  }

  /** @throws NetronError `invalid-argument` with the method and the path. */
  keyOf(args: readonly unknown[]): string {
    return canonicalKey(args, this);
  }
}
