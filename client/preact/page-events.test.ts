// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NetronClient } from '../index.js';
import { TestRuntime } from '../testing/test-runtime.js';
import { type PageListener, pageEvents } from './page-events.js';
import { TestPage } from './test-screen.js';

let runtime: TestRuntime;
let client: NetronClient;

beforeEach(() => {
  runtime = new TestRuntime();
  client = new NetronClient({ url: 'http://127.0.0.1:1', runtime });
});
afterEach(() => client.close());

class Listener implements PageListener {
  readonly heard: string[] = [];

  onPage(reason: string): void {
    this.heard.push(reason);
  }
}

/** The clock is read once per turn. */
const turn = (): Promise<void> => Promise.resolve();

describe('page events', () => {
  it('tell every listener, over one listener of the page, which goes with the last of them', () => {
    const page = new TestPage();
    const events = pageEvents(client, page);
    expect(pageEvents(client)).toBe(events);
    const [one, two] = [new Listener(), new Listener()];
    events.add(one);
    events.add(two);
    events.add(two);
    expect(page.listening).toBe(1);
    page.goOnline();
    events.delete(one);
    expect(page.listening).toBe(1);
    page.show();
    events.delete(two);
    expect(page.listening).toBe(0);
    page.goOnline();
    expect([one.heard, two.heard]).toEqual([['reconnect'], ['reconnect', 'focus']]);
    events.add(one);
    page.goOnline();
    expect(page.listening).toBe(1);
    expect(one.heard).toEqual(['reconnect', 'reconnect']);
    events.delete(one);
  });

  it('count a page that comes back within 5 seconds as never gone', async () => {
    const page = new TestPage();
    const events = pageEvents(client, page);
    const listener = new Listener();
    events.add(listener);
    for (const afterMs of [0, 4_999, 1, 4_999, 4_999]) {
      runtime.nowMs += afterMs;
      page.hide();
      page.show();
      await turn();
    }
    expect(listener.heard).toEqual(['focus', 'focus', 'focus']);
    events.delete(listener);
  });

  it('say whether the page is hidden, also where it was when the first listener came', () => {
    const page = new TestPage();
    const events = pageEvents(client, page);
    page.hidden = true;
    const listener = new Listener();
    events.add(listener);
    expect(events.isHidden.value).toBe(true);
    page.show();
    expect(events.isHidden.value).toBe(false);
    events.delete(listener);
  });

  it('come from the document and the window by default', () => {
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(true);
    const events = pageEvents(client);
    const listener = new Listener();
    events.add(listener);
    document.dispatchEvent(new Event('visibilitychange'));
    expect(listener.heard).toEqual([]);
    expect(events.isHidden.value).toBe(true);
    hidden.mockReturnValue(false);
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event('online'));
    expect(listener.heard).toEqual(['focus', 'reconnect']);
    events.delete(listener);
    window.dispatchEvent(new Event('online'));
    expect(listener.heard).toHaveLength(2);
    hidden.mockRestore();
  });

  it('are none where there is no document', () => {
    vi.stubGlobal('document', undefined);
    const events = pageEvents(client);
    const listener = new Listener();
    events.add(listener);
    expect(events.isHidden.value).toBe(false);
    events.delete(listener);
    expect(listener.heard).toEqual([]);
    vi.unstubAllGlobals();
  });
});
