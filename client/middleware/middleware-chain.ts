import { optionError } from '../option-error.js';
import { assertField, FUNCTION, numberFrom, ofType, oneOf, parseFields } from '../option-fields.js';
import { MAX_MIDDLEWARE, MAX_MIDDLEWARE_PRIORITY, MIDDLEWARE_METHODS } from '../resilience-limits.js';
import type { Layer, Middleware } from './middleware.js';
import { checkPattern, fitsPattern, type NamePattern } from './pattern.js';
import { type Stage, type StageHandler, stageMiddleware } from './stage.js';

/** Which calls a middleware is around, and where among the others. */
export interface MiddlewareOptions {
  /** Higher runs further out; among equals, what was added first. -1,000,000 … 1,000,000, default 0. */
  readonly priority?: number | undefined;
  /** Only calls of these. Default: all. */
  readonly backend?: NamePattern | undefined;
  /** `users` is every version, `users@1.0.0` that one. */
  readonly service?: NamePattern | undefined;
  readonly method?: NamePattern | undefined;
  /** Makes a plain handler a middleware. */
  readonly stage?: Stage | undefined;
  /** What errors call it. Default: the name of the function, or its number in the order of adding. */
  readonly name?: string | undefined;
}

interface Registered extends Layer {
  readonly options: MiddlewareOptions;
}

const CHECKS = {
  priority: numberFrom(-MAX_MIDDLEWARE_PRIORITY, MAX_MIDDLEWARE_PRIORITY),
  backend: checkPattern,
  service: checkPattern,
  method: checkPattern,
  stage: oneOf('PRE_REQUEST', 'POST_RESPONSE', 'ERROR'),
  name: ofType('string'),
};

/** The middleware of a client, and which of it a method has. A call keeps the layers that it began with. */
export class MiddlewareChain {
  readonly #byMethod = new Map<string, readonly Layer[]>();
  /** Outermost first. */
  #layers: readonly Registered[] = [];
  #added = 0;
  #dropped = 0;

  /** Methods that were forgotten because there were too many; they are looked up again when they are called. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Gives the function that removes it again. Calls that are under way keep it.
   *
   * @throws NetronError `invalid-config` that names the option, or says that there are 100 already.
   */
  add(handler: StageHandler, options: MiddlewareOptions & { readonly stage: Stage }): () => void;
  add(middleware: Middleware, options?: MiddlewareOptions & { readonly stage?: never }): () => void;
  add(run: Middleware | StageHandler, options: MiddlewareOptions = {}): () => void {
    assertField('middleware', run, FUNCTION);
    const parsed = parseFields<MiddlewareOptions>(options, 'middleware', CHECKS);
    const count = this.#layers.length;
    if (count >= MAX_MIDDLEWARE) throw optionError('middleware', count + 1, `at most ${MAX_MIDDLEWARE} at a time`);
    this.#added++;
    const { stage } = parsed;
    const layer: Registered = {
      name: parsed.name ?? (run.name || `#${this.#added}`),
      run: stage ? stageMiddleware(stage, run as StageHandler) : (run as Middleware),
      options: parsed,
    };
    // Sorting is stable, which keeps equals in the order in which they were added.
    this.#replace([...this.#layers, layer].sort((a, b) => priorityOf(b) - priorityOf(a)));
    return () => this.#replace(this.#layers.filter((other) => other !== layer));
  }

  /** In place of one that cannot be added: the calls that it would have been for fail, as far as its patterns tell. */
  refuse(error: unknown, options: unknown): void {
    const { backend, service, method } = Object(options) as MiddlewareOptions;
    const patterns = Object.entries({ backend, service, method }).filter(([, pattern]) => checkPattern(pattern) === '');
    const run = () => {
      throw error;
    };
    this.#replace([{ name: 'refused', run, options: Object.fromEntries(patterns) }, ...this.#layers]);
  }

  /** The layers of a method, outermost first: the same list until something is added or removed. */
  for(backend: string, service: string, method: string): readonly Layer[] {
    if (this.#layers.length === 0) return this.#layers;
    // No name has a line break in it.
    const key = `${backend}\n${service}\n${method}`;
    let layers = this.#byMethod.get(key);
    if (layers === undefined) {
      layers = this.#layers.filter(({ options }) => {
        const isOfService =
          fitsPattern(options.service, service) || fitsPattern(options.service, service.replace(/@.*/, ''));
        return isOfService && fitsPattern(options.backend, backend) && fitsPattern(options.method, method);
      });
      const { size } = this.#byMethod;
      if (size >= MIDDLEWARE_METHODS) {
        this.#dropped += size;
        this.#byMethod.clear();
      }
      this.#byMethod.set(key, layers);
    }
    return layers;
  }

  #replace(layers: readonly Registered[]): void {
    this.#layers = layers;
    this.#byMethod.clear();
  }
}

function priorityOf({ options }: Registered): number {
  return options.priority ?? 0;
}
