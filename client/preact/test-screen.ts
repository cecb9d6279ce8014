import { type ComponentChildren, h, render } from 'preact';
import { act } from 'preact/test-utils';
import { NetronClient } from '../index.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { until } from '../testing/test-watch.js';
import { NetronProvider } from './netron-provider.js';
import { type Page, pageEvents } from './page-events.js';

/** A page that a test hides, shows and takes offline. */
export class TestPage implements Page {
  hidden = false;
  /** Listeners that were put on and not taken off again. */
  listening = 0;
  #onVisibility: () => void = () => undefined;
  #onOnline: () => void = () => undefined;

  listen(onVisibility: () => void, onOnline: () => void): () => void {
    this.listening++;
    this.#onVisibility = onVisibility;
    this.#onOnline = onOnline;
    return () => {
      this.listening--;
    };
  }

  hide(): void {
    this.hidden = true;
    this.#onVisibility();
  }

  show(): void {
    this.hidden = false;
    this.#onVisibility();
  }

  goOnline(): void {
    this.#onOnline();
  }
}

/** Where a test renders: a client of its own, with a clock and a page that only the test moves. */
export class TestScreen {
  readonly runtime = new TestRuntime();
  readonly page = new TestPage();
  readonly root = document.createElement('div');
  readonly client: NetronClient;

  constructor(url: string) {
    this.client = new NetronClient({ url, runtime: this.runtime });
    pageEvents(this.client, this.page);
    document.body.append(this.root);
  }

  get text(): string | null {
    return this.root.textContent;
  }

  async show(children: ComponentChildren): Promise<void> {
    await act(() => render(h(NetronProvider, { client: this.client }, children), this.root));
  }

  /** Lets answers through until `done`, and the renders that follow from it. */
  land(done: () => boolean): Promise<void> {
    return act(() => until(done));
  }

  /** Moves the clock; what was sent before is answered when it resolves. */
  async advance(byMs: number): Promise<void> {
    await act(() => this.runtime.advance(byMs));
    await this.settle();
  }

  /** Over one socket, the answer comes after everything that was sent before. */
  async settle(): Promise<void> {
    await act(() => this.client.mutate('item@1.0.0', 'ping', []).then(() => undefined));
  }

  /** Whatever was subscribed to before is known to the server then. */
  async subscribed(): Promise<void> {
    const probe = this.client.subscribe('probe', () => undefined);
    await probe.ready;
    probe.unsubscribe();
  }

  /** What was asked for has reached the server by then, so that the next test does not count it. */
  async close(): Promise<void> {
    await act(() => render(null, this.root));
    await this.settle().catch(() => undefined);
    this.root.remove();
    this.client.close();
  }
}
