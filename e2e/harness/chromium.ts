import { readlink } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright';
import { findChromium } from '../../scripts/browsers.mjs';
import { bounded } from './bounded.ts';
import { createTempProfile, type TempProfile } from './temp-profile.ts';

// Playwright detaches from targets of type "other", and devtools:// windows are of that type. With this variable, which
// it reads whenever a target attaches (undocumented: Playwright is pinned), they are ordinary Pages and the panel in
// them is an ordinary Frame.
process.env.PW_CHROMIUM_ATTACH_TO_OTHER = '1';

const launchTimeoutMs = 30_000;
const toolTimeoutMs = 20_000;
const closeTimeoutMs = 5_000;

/** How to start Chromium. */
export interface ChromiumOptions {
  /** The unpacked extension to load. */
  extensionDir: string;
  /** For the pages, DevTools and the panel alike. Default: the system's, which is light when headless. */
  colorScheme?: 'light' | 'dark';
  /** Default true. False needs a display. */
  headless?: boolean;
  /** Of the browser and the DevTools window, in CSS pixels. Default 1500 × 900: narrower hides tabs behind `»`. */
  windowSize?: { width: number; height: number };
  /**
   * Playwright turns the back/forward cache off; true leaves it on, as users have it. Then go back with
   * `page.goBack({ waitUntil: 'commit' })`: a restored page fires no load event. Default false.
   */
  backForwardCache?: boolean;
}

/** What to show in DevTools. */
export interface DevtoolsOptions {
  /** The title of the panel's tab. Default "Netron". */
  toolTitle?: string;
  /** False leaves DevTools' own tool in front, for `selectTool` later. Default true. */
  select?: boolean;
}

/** A page, the DevTools window that inspects it, and the panel in that window. */
export interface OpenedDevtools {
  page: Page;
  devtools: Page;
  panel: Frame;
}

/** A running Chromium with the extension loaded. */
export interface ChromiumHarness {
  context: BrowserContext;
  /**
   * Opens DevTools. For a URL: on a new page, before that page navigates there, as when DevTools was open all along.
   * For a page: on that page as it is, as when a user opens DevTools late.
   */
  openDevtools(target: string | Page, options?: DevtoolsOptions & { select?: true }): Promise<OpenedDevtools>;
  openDevtools(target: string | Page, options: DevtoolsOptions): Promise<Omit<OpenedDevtools, 'panel'>>;
  /** Closes the browser and removes its profile; kills it when it does not close within 5 s, gives up after 10 s. */
  close(): Promise<void>;
}

/**
 * Starts Chromium with the extension, in a profile of its own.
 *
 * @throws Error when no Chromium is installed or it does not start.
 */
export async function launchChromium(options: ChromiumOptions): Promise<ChromiumHarness> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('no Chromium found: run `node scripts/browsers.mjs`, or set CHROMIUM_PATH');
  const windowSize = options.windowSize ?? { width: 1500, height: 900 };
  const profile = await createTempProfile('chromium', { 'Default/Preferences': preferences(windowSize) });
  let context: BrowserContext;
  try {
    context = await chromium.launchPersistentContext(profile.dir, {
      executablePath,
      headless: options.headless ?? true,
      viewport: null,
      colorScheme: options.colorScheme ?? null,
      timeout: launchTimeoutMs,
      ignoreDefaultArgs: options.backForwardCache ? ['--disable-back-forward-cache'] : [],
      args: launchArgs(path.resolve(options.extensionDir), windowSize),
    });
  } catch (error) {
    await profile.remove();
    throw error;
  }
  // The tab that Chromium starts with serves the first call, so that `npm start` shows no blank one beside it.
  const unusedPages = context.pages();

  async function openDevtools(
    target: string | Page,
    { toolTitle, select = true }: DevtoolsOptions = {},
  ): Promise<OpenedDevtools> {
    const page = typeof target === 'string' ? (unusedPages.shift() ?? (await context.newPage())) : target;
    const devtools = await openDevtoolsWindow(context, page);
    if (typeof target === 'string') await page.goto(target);
    // Without a panel only the second overload matches, and its result has none.
    return { page, devtools, panel: (select ? await selectTool(devtools, toolTitle) : undefined) as Frame };
  }

  return { context, openDevtools, close: () => closeChromium(context, profile) };
}

/** Brings the panel to the front, as a click on its tab does, and returns its frame once that has loaded. */
export async function selectTool(devtools: Page, toolTitle = 'Netron'): Promise<Frame> {
  await devtools.getByRole('tab', { name: toolTitle, exact: true }).click({ timeout: toolTimeoutMs });
  const isPanel = (frame: Frame) => /^chrome-extension:.*panel\.html/.test(frame.url());
  const panel =
    devtools.frames().find(isPanel) ??
    (await devtools.waitForEvent('framenavigated', { predicate: isPanel, timeout: toolTimeoutMs }));
  await panel.waitForLoadState('load', { timeout: toolTimeoutMs });
  return panel;
}

function preferences({ width, height }: { width: number; height: number }): string {
  return JSON.stringify({
    // Docked beside the page there is room for three or four tabs; ours would hide behind `»`.
    devtools: { preferences: { currentDockState: '"undocked"' } },
    browser: { app_window_placement: { DevToolsApp: { left: 0, top: 0, right: width, bottom: height } } },
  });
}

function launchArgs(extensionDir: string, { width, height }: { width: number; height: number }): string[] {
  return [
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Playwright passes --disable-extensions; --load-extension alone does not overcome it.
    `--disable-extensions-except=${extensionDir}`,
    `--load-extension=${extensionDir}`,
    `--window-size=${width},${height}`,
  ];
}

/** By command and not by --auto-open-devtools-for-tabs: that also opens a second window, for the first blank tab. */
async function openDevtoolsWindow(context: BrowserContext, page: Page): Promise<Page> {
  const opened = context.waitForEvent('page', { predicate: isDevtoolsWindow, timeout: toolTimeoutMs });
  const pageSession = await context.newCDPSession(page);
  const browserSession = await owningBrowser(context).newBrowserCDPSession();
  const { targetInfo } = await pageSession.send('Target.getTargetInfo');
  const [devtools] = await Promise.all([
    opened,
    browserSession.send('Target.openDevTools', { targetId: targetInfo.targetId }),
  ]);
  await Promise.all([pageSession.detach(), browserSession.detach()]);
  return devtools;
}

function owningBrowser(context: BrowserContext): Browser {
  const browser = context.browser();
  if (!browser) throw new Error('the context has no browser: was it closed?');
  return browser;
}

/** DevTools opens a second devtools:// page of its own, for its device toolbar. */
function isDevtoolsWindow(page: Page): boolean {
  return page.url().startsWith('devtools://') && !page.url().includes('device_mode_emulation_frame');
}

async function closeChromium(context: BrowserContext, profile: TempProfile): Promise<void> {
  // Chromium's own lock in our profile, `host-pid`: gone when it has closed, and never another browser's.
  const lock = await readlink(path.join(profile.dir, 'SingletonLock')).catch(() => undefined);
  const closing = context.close();
  await bounded(closing, closeTimeoutMs, 'closing Chromium').catch(() => {
    killIfRunning(Number(lock?.split('-').pop()));
    // Playwright notices the end of the process; after that nothing writes to the profile.
    return bounded(closing, closeTimeoutMs, 'killing Chromium').catch(() => undefined);
  });
  await profile.remove();
}

function killIfRunning(pid: number): void {
  if (!(pid > 0)) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ended between the timeout and here
  }
}
