import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bounded } from './bounded.ts';
import { type FirefoxPreferences, type FirefoxProcess, startFirefox } from './firefox-process.ts';
import { Marionette } from './marionette.ts';
import { installToolboxDriver } from './toolbox-driver.ts';

const toolTimeoutMs = 20_000;
const closeTimeoutMs = 5_000;
const panelTimeoutMs = 40_000;
const pollTimeoutMs = 2_000;
const pollIntervalMs = 25;

/** How to start Firefox. */
export interface FirefoxOptions {
  /** The unpacked extension to load as a temporary add-on. */
  extensionDir: string;
  /** Of the toolbox, and of the pages' `prefers-color-scheme`. Default light. */
  theme?: 'light' | 'dark';
  /** Default true. False needs a display. */
  headless?: boolean;
  /** In CSS pixels. Default 1500 × 900; the toolbox takes the lower 560. */
  windowSize?: { width: number; height: number };
  /** Preferences on top of the harness's own. */
  preferences?: FirefoxPreferences;
}

/**
 * A running Firefox with the extension loaded. The functions given to `inPage`, `inPanel` and `waitFor` are sent as
 * text: they see their arguments (JSON) and the document, nothing of the test, and their result comes back as JSON
 * (`undefined` as null).
 */
export interface FirefoxHarness {
  marionette: Marionette;
  /** Loads `url` in the tab and waits for its load event. */
  navigate(url: string): Promise<void>;
  /** Reloads the tab and waits for its load event. */
  reload(): Promise<void>;
  /** Opens the toolbox on the tab, and the panel in it; with `select: false` the Console stays in front. */
  openToolbox(toolTitle?: string, options?: { select?: boolean }): Promise<void>;
  /** Brings the panel to the front and waits until its document has loaded. */
  selectTool(toolTitle?: string): Promise<void>;
  /** Runs a function in the page. */
  inPage<Args extends readonly unknown[], Result>(
    script: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** Runs a function, or an async function's body, in the panel. Its top-level `const`s are not in reach. */
  inPanel(body: string): Promise<unknown>;
  inPanel<Args extends readonly unknown[], Result>(
    script: (...args: Args) => Result,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** Asks the panel until the answer is truthy, and returns it. @throws Error with the last answer. */
  waitFor<Args extends readonly unknown[], Result>(
    predicate: (...args: Args) => Result,
    timeoutMs?: number,
    ...args: Args
  ): Promise<Awaited<Result>>;
  /** The whole browser window with the toolbox, as PNG. */
  toolboxScreenshot(): Promise<Buffer>;
  /** The panel alone, as PNG. */
  panelScreenshot(): Promise<Buffer>;
  /** Closes the browser and removes its profile; kills it when it does not close within 10 s. */
  close(): Promise<void>;
}

/**
 * Starts Firefox with the extension, in a profile of its own, driven through Marionette: Playwright drives only its own
 * patched Firefox, which it cannot open the toolbox of.
 *
 * @throws Error when no Firefox is installed, it does not start, or it refuses the extension.
 */
export async function launchFirefox(options: FirefoxOptions): Promise<FirefoxHarness> {
  const firefox = await startFirefox({
    headless: options.headless ?? true,
    windowSize: options.windowSize ?? { width: 1500, height: 900 },
    preferences: { ...toolboxPreferences(options.theme ?? 'light'), ...options.preferences },
  });
  let marionette: Marionette | undefined;
  try {
    marionette = await Marionette.connect(firefox.port);
    await marionette.send('Addon:Install', { path: path.resolve(options.extensionDir), temporary: true });
    await marionette.executeInChrome(installToolboxDriver);
    return createHarness(marionette, firefox);
  } catch (error) {
    await closeFirefox(firefox, marionette);
    throw error;
  }
}

function toolboxPreferences(theme: 'light' | 'dark'): FirefoxPreferences {
  return {
    'devtools.theme': theme,
    'devtools.everOpened': true,
    'devtools.toolbox.host': 'bottom',
    'devtools.toolbox.footer.height': 560,
    'ui.systemUsesDarkTheme': theme === 'dark' ? 1 : 0,
  };
}

function createHarness(marionette: Marionette, firefox: FirefoxProcess): FirefoxHarness {
  async function runInPanel<Result>(
    script: string | ((...args: never) => Result),
    args: readonly unknown[],
    timeoutMs: number,
  ): Promise<Awaited<Result>> {
    const body = typeof script === 'string' ? script : `return (${script})(...${JSON.stringify(args)});`;
    const json = await marionette.executeInChrome(
      (source, limitMs) => window.netronToolbox?.runInPanel(source, limitMs),
      body,
      timeoutMs,
    );
    return JSON.parse(json ?? 'null');
  }

  async function waitFor<Args extends readonly unknown[], Result>(
    predicate: (...args: Args) => Result,
    timeoutMs = 10_000,
    ...args: Args
  ): Promise<Awaited<Result>> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      // An error is an answer like any other here: the panel may be loading still.
      const answer = await runInPanel(predicate, args, pollTimeoutMs).then(
        (value) => ({ value }),
        (error: Error) => ({ error }),
      );
      if ('value' in answer && answer.value) return answer.value;
      if (performance.now() > deadlineMs) {
        const last = 'error' in answer ? String(answer.error) : JSON.stringify(answer.value);
        throw new Error(`waitFor: not truthy within ${timeoutMs} ms; last: ${last}; asked: ${predicate}`);
      }
      await delay(pollIntervalMs);
    }
  }

  async function selectTool(toolTitle = 'Netron'): Promise<void> {
    await marionette.executeInChrome(
      (title, timeoutMs) => window.netronToolbox?.select(title, timeoutMs),
      toolTitle,
      toolTimeoutMs,
    );
    // The panel's <browser> exists before its scripts have run.
    await waitFor(() => document.readyState === 'complete', toolTimeoutMs);
  }

  return {
    marionette,
    waitFor,
    selectTool,
    inPanel: <Result>(script: string | ((...args: never) => Result), ...args: unknown[]) =>
      runInPanel(script, args, panelTimeoutMs),
    inPage: (script, ...args) => marionette.executeInContent(script, ...args),
    navigate: async (url) => void (await marionette.sendIn('content', 'WebDriver:Navigate', { url })),
    reload: async () => void (await marionette.sendIn('content', 'WebDriver:Refresh')),
    async openToolbox(toolTitle, { select = true } = {}) {
      await marionette.executeInChrome(() => window.netronToolbox?.open());
      if (select) await selectTool(toolTitle);
    },
    async toolboxScreenshot() {
      return png(await marionette.sendIn('chrome', 'WebDriver:TakeScreenshot', { full: false, hash: false }));
    },
    async panelScreenshot() {
      return png(await marionette.executeInChrome(() => window.netronToolbox?.drawPanel()));
    },
    close: () => closeFirefox(firefox, marionette),
  };
}

/** From base64, with or without the head of a data URL. */
function png(base64: unknown): Buffer {
  if (typeof base64 !== 'string') throw new Error('Firefox returned no screenshot');
  return Buffer.from(base64.slice(base64.indexOf(',') + 1), 'base64');
}

async function closeFirefox(firefox: FirefoxProcess, marionette: Marionette | undefined): Promise<void> {
  // Firefox may quit before it answers; either way, what counts is that the process ends.
  const quit = marionette?.send('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => undefined);
  if (quit) await bounded(quit, closeTimeoutMs, 'quitting Firefox').catch(() => undefined);
  marionette?.disconnect();
  await firefox.ended(marionette ? closeTimeoutMs : 0);
}
