import * as TapKind from '../../protocol/tap/tap-kind.js';
import { CircuitBreaker } from '../breaker/breaker.js';
import { type BreakerConfig, parseBreaker } from '../breaker/breaker-options.js';
import type { BackendContext } from '../call/backend.js';
import { optionError } from '../option-error.js';
import { MAX_BREAKERS } from '../resilience-limits.js';

/** The breaker of a backend, or one for each of its services. */
export class Breakers {
  readonly #config: BreakerConfig;
  readonly #backend: string;
  readonly #context: BackendContext;
  readonly #breakers = new Map<string, CircuitBreaker>();
  /** All of them, also those that are still to be made. */
  #areIsolated = false;
  #dropped = 0;

  private constructor(config: BreakerConfig, backend: string, context: BackendContext) {
    this.#config = config;
    this.#backend = backend;
    this.#context = context;
  }

  /** Undefined where none is asked for. @throws NetronError `invalid-config` that names the option. */
  static of(options: unknown, backend: string, context: BackendContext): Breakers | undefined {
    const config = parseBreaker(options, `backends.${backend}.circuitBreaker`);
    return config && new Breakers(config, backend, context);
  }

  /** Breakers that were forgotten, with what they knew, because there were too many services. */
  get dropped(): number {
    return this.#dropped;
  }

  for(service: string): CircuitBreaker {
    const key = this.#config.perService ? service : '';
    return this.#breakers.get(key) ?? this.#add(key);
  }

  /**
   * Of the whole backend, or of one of its services by the name that its calls use.
   *
   * @throws NetronError `invalid-config` for a service where they are not per service.
   */
  isolate(service?: string): void {
    if (service === undefined) this.#areIsolated = true;
    for (const breaker of this.#named(service)) breaker.isolate();
  }

  /** Takes back {@link isolate}, and whatever else has opened it. */
  reset(service?: string): void {
    if (service === undefined) this.#areIsolated = false;
    for (const breaker of this.#named(service)) breaker.reset();
  }

  #named(service: string | undefined): Iterable<CircuitBreaker> {
    const { perService } = this.#config;
    if (service !== undefined && !perService) {
      throw optionError(`backends.${this.#backend}.circuitBreaker.perService`, perService, 'true, to name a service');
    }
    if (service !== undefined || !perService) return [this.for(service ?? '')];
    return this.#breakers.values();
  }

  #add(key: string): CircuitBreaker {
    const { deadlines, tap } = this.#context;
    const ref = { name: this.#backend, service: key };
    const breaker = new CircuitBreaker(this.#config, deadlines.runtime, (_from, to, reason) => {
      tap?.emit(TapKind.breakerState, 0, '', ref, to, reason);
    });
    if (this.#areIsolated) breaker.isolate();
    if (this.#breakers.size >= MAX_BREAKERS) this.#dropOne();
    this.#breakers.set(key, breaker);
    return breaker;
  }

  /** The oldest that is closed, so that none forgets that it was isolated or has found a service down. */
  #dropOne(): void {
    const names = [...this.#breakers.keys()];
    const closed = names.find((name) => this.#breakers.get(name)?.state.kind === 'closed');
    this.#breakers.delete(closed ?? (names[0] as string));
    this.#dropped++;
  }
}
