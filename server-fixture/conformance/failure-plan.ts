import { z } from 'zod';
import { TitanError } from '../../protocol/index.js';

export const failureSchema = z.object({
  /** How many calls fail. */
  remaining: z.int().min(1),
  /** An error code of Titan, 600 and 601 included. */
  code: z.int().min(400).max(601),
  message: z.string(),
  details: z.record(z.string(), z.unknown()).default({}),
});

export type Failure = z.infer<typeof failureSchema>;

/** Makes the next so many calls of a service fail as a client has asked for. */
export class FailurePlan {
  #failure: Failure | undefined;

  arm(failure: Failure | undefined): void {
    this.#failure = failure === undefined ? undefined : { ...failure };
  }

  /** Uses up one failure: the error to throw, or undefined when none is left. */
  take(): TitanError | undefined {
    const failure = this.#failure;
    if (failure === undefined) return undefined;
    failure.remaining--;
    if (failure.remaining <= 0) this.#failure = undefined;
    return new TitanError(failure.code, failure.message, { details: failure.details });
  }

  /** @throws TitanError while failures are left. */
  throwIfArmed(): void {
    const error = this.take();
    if (error !== undefined) throw error;
  }
}
