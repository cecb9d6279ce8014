import { z } from 'zod';
import { Public, Service } from '../exposure/decorators.js';

const itemsSchema = z.object({ page: z.int().min(1).default(1) }).optional();
const validatedSchema = z.object({ email: z.email(), limit: z.int().default(10) });

export interface CatalogItem {
  readonly sku: string;
  readonly page?: number;
}

/** Over WebSocket nothing is checked unless the server is strict, so the defaults stand here as well. */
@Service('catalog@1.0.0', {
  contract: {
    items: { input: itemsSchema, headers: { 'Cache-Control': 'public, max-age=60' } },
    validated: { input: validatedSchema },
  },
})
export class Catalog {
  @Public()
  items({ page = 1 }: { readonly page?: number } = {}): readonly CatalogItem[] {
    return [{ sku: 'a' }, { sku: 'b', page }];
  }

  @Public()
  validated({ email, limit = 10 }: z.input<typeof validatedSchema>): z.infer<typeof validatedSchema> {
    return { email, limit };
  }
}
