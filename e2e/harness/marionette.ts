import net from 'node:net';
import { bounded } from './bounded.ts';
import { MarionetteFrames } from './marionette-frames.ts';

const connectTimeoutMs = 10_000;
const pageLoadTimeoutMs = 30_000;
/** Longer than any single wait of the harness, shorter than a test: the error then names the script. */
const scriptTimeoutMs = 50_000;

/** Where a script runs: in the page, or in Firefox's own privileged window. */
export type MarionetteContext = 'content' | 'chrome';

/** A command that Firefox refused; `code` is the WebDriver error code, such as "javascript error". */
export class MarionetteError extends Error {
  override readonly name = 'MarionetteError';
  readonly code: string;
  readonly remoteStack: string;

  constructor(command: string, code: string, message: string, remoteStack: string) {
    super(`${command}: ${code}: ${message}`);
    this.code = code;
    this.remoteStack = remoteStack;
  }
}

interface PendingCommand {
  name: string;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * A client of Marionette, the remote protocol built into Firefox: `length:json` frames over TCP, requests
 * `[0, id, command, params]`, answers `[1, id, error, result]`.
 */
export class Marionette {
  readonly #socket: net.Socket;
  readonly #pending = new Map<number, PendingCommand>();
  #lastId = 0;
  #context: MarionetteContext = 'content';
  #closed: Error | undefined;
  /** Scripts take turns: the context belongs to the session, so another's switch would move a waiting script. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /** Connects to a Firefox that listens on `port` of this machine and starts a session. */
  static async connect(port: number): Promise<Marionette> {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const client = new Marionette(socket);
    try {
      await bounded(client.#startSession(), connectTimeoutMs, `a Marionette session on port ${port}`);
      return client;
    } catch (error) {
      client.disconnect();
      throw error;
    }
  }

  /**
   * Sends one command and returns its result.
   *
   * @throws MarionetteError when Firefox refuses it; Error when the connection is, or gets, closed.
   */
  send(command: string, params: Record<string, unknown> = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { name: command, resolve, reject });
      const json = JSON.stringify([0, id, command, params]);
      this.#socket.write(`${Buffer.byteLength(json)}:${json}`);
    });
  }

  /** Sends a command that answers `{ value }`, in the given context, when the commands before it are done. */
  sendIn(context: MarionetteContext, command: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const turn = this.#turn.then(async () => {
      if (this.#context !== context) {
        await this.send('Marionette:SetContext', { value: context });
        this.#context = context;
      }
      return valueField(await this.send(command, params));
    });
    this.#turn = turn.catch(() => undefined); // reported to this caller; the next one still gets its turn
    return turn;
  }

  /** Runs `script` in the page. It is sent as text, so it sees its arguments and the page, and nothing from here. */
  executeInContent<Args extends readonly unknown[], Result>(
    script: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return this.#execute('content', script, args);
  }

  /** Runs `script` in Firefox's own window, with its privileges. Sent as text, as in `executeInContent`. */
  executeInChrome<Args extends readonly unknown[], Result>(
    script: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>> {
    return this.#execute('chrome', script, args);
  }

  /** Drops the connection; commands without an answer reject. */
  disconnect(): void {
    this.#fail(new Error('Marionette: disconnected'));
    this.#socket.destroy();
  }

  async #execute<Args extends readonly unknown[], Result>(
    context: MarionetteContext,
    script: (...args: Args) => Result,
    args: Args,
  ): Promise<Awaited<Result>> {
    const params = { script: `return (${script}).apply(null, arguments);`, args, newSandbox: true };
    // JSON on the wire: the caller's function declares what it is.
    return (await this.sendIn(context, 'WebDriver:ExecuteScript', params)) as Awaited<Result>;
  }

  async #startSession(): Promise<void> {
    await this.#greeting();
    // A test handles the page's dialogs itself; Marionette would otherwise dismiss them.
    const alwaysMatch = { acceptInsecureCerts: true, unhandledPromptBehavior: 'ignore' };
    await this.send('WebDriver:NewSession', { capabilities: { alwaysMatch } });
    await this.send('WebDriver:SetTimeouts', { script: scriptTimeoutMs, pageLoad: pageLoadTimeoutMs });
  }

  /** Resolves with the first frame, in which the server presents itself; later frames are answers. */
  #greeting(): Promise<void> {
    const frames = new MarionetteFrames();
    return new Promise((resolve, reject) => {
      const fail = (error: Error) => {
        this.#fail(error);
        reject(error);
      };
      this.#socket.on('error', ({ message }) => fail(new Error(`Marionette: connection lost: ${message}`)));
      this.#socket.on('close', () => fail(new Error('Marionette: Firefox closed the connection')));
      this.#socket.on('data', (chunk) => {
        try {
          for (const message of frames.push(chunk)) {
            if (Array.isArray(message)) this.#answer(message);
            else resolve();
          }
        } catch (error) {
          fail(error instanceof Error ? error : new Error(String(error)));
          this.#socket.destroy();
        }
      });
    });
  }

  #answer([, id, error, result]: unknown[]): void {
    const command = typeof id === 'number' ? this.#pending.get(id) : undefined;
    if (!command) return;
    this.#pending.delete(id as number);
    if (!error) return command.resolve(result);
    const { error: code, message, stacktrace } = error as Record<string, unknown>;
    command.reject(new MarionetteError(command.name, String(code), String(message), String(stacktrace ?? '')));
  }

  #fail(error: Error): void {
    this.#closed ??= error;
    for (const command of this.#pending.values()) command.reject(error);
    this.#pending.clear();
  }
}

function valueField(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'value' in result ? result.value : undefined;
}
