import type { TapCall } from '../../protocol/index.js';
import type { Backend, BackendContext } from '../call/backend.js';
import { callError } from '../call/call-error.js';
import { failureOf } from '../call/caller.js';
import { Cancellation } from '../call/cancellation.js';
import { type CallContext, compose, type Layer } from '../middleware/middleware.js';
import { MiddlewareChain } from '../middleware/middleware-chain.js';
import type { NetronError } from '../netron-error.js';
import { optionError, shown } from '../option-error.js';
import { assertField, FUNCTION } from '../option-fields.js';
import { tell } from '../report.js';
import { MAX_MIDDLEWARE_PRIORITY } from '../resilience-limits.js';
import type { Transport, TransportReply, TransportRequest } from '../transport/transport.js';
import { checkAnswer } from './answer-check.js';
import type { Breakers } from './breakers.js';
import { type CallSettings, type PipedOptions, parseSettings } from './call-settings.js';
import { Sender, type Sending } from './sender.js';

/** Inside all those of the client. */
const INNERMOST = { priority: -MAX_MIDDLEWARE_PRIORITY };

/**
 * What is done around the calls of one backend, outermost first: metrics, transform and validate, middleware, and then
 * what the {@link Sender} does.
 */
export class Pipeline {
  readonly #backend: Backend;
  readonly #context: BackendContext;
  readonly #sender: Sender;
  /** Made anew when the client's middleware changes. */
  #chain = new MiddlewareChain();
  #chained: BackendContext['middleware'] | undefined;

  /** @throws NetronError `invalid-config` that names the option. */
  constructor(backend: Backend, context: BackendContext) {
    const { name, middleware = [] } = backend.config;
    if (!Array.isArray(middleware)) throw optionError(`backends.${name}.middleware`, middleware, 'a list of functions');
    for (const [i, run] of middleware.entries()) assertField(`backends.${name}.middleware[${i}]`, run, FUNCTION);
    this.#backend = backend;
    this.#context = context;
    this.#sender = new Sender(backend, context);
  }

  get breakers(): Breakers | undefined {
    return this.#sender.breakers;
  }

  async run(request: TransportRequest, options: PipedOptions, transport: Transport): Promise<TransportReply> {
    const { call, cancellation } = request;
    const settings = parseSettings(options, this.#backend.defaults, call);
    const sending = this.#sending(settings, transport, (sent) => transport.invoke(sent));
    const { clock } = this.#context.deadlines;
    const { metrics } = settings;
    const startedMs = metrics === undefined ? 0 : clock.read();
    let reply: TransportReply | undefined;
    let error: NetronError | undefined;
    try {
      cancellation.check(call);
      const layers = this.#layers(call);
      reply = await (layers.length === 0
        ? this.#sender.send(request, sending)
        : this.#wrapped(layers, request, sending));
      // What is cached has been transformed and checked already.
      if (reply.notModified !== true && (options.transform ?? options.validate) !== undefined) {
        const value = await cancellation.race(checkAnswer(reply.value, options, call), call);
        reply = { ...reply, value };
      }
      return reply;
    } catch (thrown) {
      error = failureOf(thrown, call, cancellation);
      throw error;
    } finally {
      if (metrics !== undefined) {
        const { requests: attempts } = sending;
        tell(metrics, { durationMs: clock.read() - startedMs, attempts, sizeBytes: reply?.sizeBytes ?? 0, error });
      }
    }
  }

  /**
   * Opens a stream inside the middleware, as a call is made, though without retries: once, however often the middleware
   * asks for it, since there is one reader. What that makes of it is not looked at: there is no answer yet.
   */
  async open<T extends { cancel(): void }>(
    request: TransportRequest,
    open: (args: readonly unknown[]) => Promise<T>,
  ): Promise<T> {
    const { call, cancellation } = request;
    const transport = await cancellation.race(this.#backend.socket(call), call);
    const { priority = 'normal' } = this.#backend.defaults;
    const settings = { policy: undefined, priority, metrics: undefined, mayRepeat: false };
    const sending = this.#sending(settings, transport, ({ args = call.args }) => open(args));
    const layers = this.#layers(call);
    const context = contextOf(request);
    let opened: T | undefined;
    let isOver = false;
    cancellation.check(call);
    const innermost = async (): Promise<void> => {
      opened ??= await this.#sender.send({ ...request, args: argsOf(context, call) }, sending);
      // The middleware has not waited for it, and so has nobody.
      if (isOver) opened.cancel();
    };
    try {
      await new Promise((resolve, reject) => {
        // A middleware may wait for something that never comes. `onCancel` is for what it waits for otherwise.
        cancellation.signal.addEventListener('abort', () => reject(cancellation.error(call)));
        compose(layers, context, innermost).then(resolve, reject);
      });
      if (opened === undefined) throw callError('invalid-config', 'no middleware called next()', call);
      return opened;
    } catch (error) {
      opened?.cancel();
      throw error;
    } finally {
      isOver = true;
    }
  }

  #sending<T>(settings: CallSettings, transport: Transport, ask: Sending<T>['ask']): Sending<T> {
    return { settings, transport, ask, requests: 0, token: undefined, era: 0 };
  }

  /** Of the client and of the backend, as they are now. */
  #layers(call: TapCall): readonly Layer[] {
    const { middleware } = this.#context;
    if (this.#chained !== middleware) {
      const chain = new MiddlewareChain();
      for (const { middleware: run, options } of middleware) {
        try {
          chain.add(run, options as never);
        } catch (error) {
          chain.refuse(error, options);
        }
      }
      for (const run of this.#backend.config.middleware ?? []) chain.add(run, INNERMOST);
      this.#chain = chain;
      this.#chained = middleware;
    }
    return this.#chain.for(call.backend, call.service, call.method);
  }

  /** A middleware sees the answer and makes its own of it, so validators neither go out nor come back. */
  #wrapped(
    layers: readonly Layer[],
    request: TransportRequest,
    sending: Sending<TransportReply>,
  ): Promise<TransportReply> {
    const { call, cancellation } = request;
    const context = contextOf(request);
    // Its own, since what is under way has to end with the middleware, though that may have given its answer before.
    const { timeoutMs, dueMs, onBehalfOf, session } = cancellation;
    const inner = new Cancellation(timeoutMs, dueMs, undefined, onBehalfOf, session);
    let reply: TransportReply | undefined;
    const innermost = async (): Promise<unknown> => {
      const args = argsOf(context, call);
      const { headers } = context;
      reply = await this.#sender.send({ ...request, cancellation: inner, args, headers, etag: undefined }, sending);
      // Aborting what is done is no harm, but half of what a middleware costs.
      inner.onCancel = null;
      return reply.value;
    };
    return new Promise((resolve, reject) => {
      // A middleware may wait for something that never comes, and need not heed the signal.
      cancellation.onCancel = () => {
        inner.cancel(cancellation.cancelled ?? 'aborted');
        reject(cancellation.error(call));
      };
      compose(layers, context, innermost)
        .then((value) => resolve({ sizeBytes: 0, ...reply, etag: undefined, value }), reject)
        .finally(() => inner.cancel('aborted'));
    });
  }
}

function contextOf({ call, cancellation }: TransportRequest): CallContext {
  const { kind, backend, service, method, args } = call;
  return {
    kind,
    backend,
    service,
    method,
    args,
    headers: {},
    // An AbortController costs more than all the rest, and few ask for it.
    get signal() {
      return cancellation.signal;
    },
    meta: new Map(),
  };
}

function argsOf({ args }: CallContext, call: TapCall): readonly unknown[] {
  if (Array.isArray(args)) return args;
  throw callError('invalid-argument', `middleware made args ${shown(args)}, expected a list`, call);
}
