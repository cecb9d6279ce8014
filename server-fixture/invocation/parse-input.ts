import type { z } from 'zod';
import { TitanError } from '../../protocol/index.js';

/**
 * Checks what a client sent against a schema.
 *
 * @throws TitanError 400 with the text and details of Titan's own contract check.
 */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TitanError(400, 'Input validation failed', {
    details: { message: 'Request data does not match expected format' },
  });
}
