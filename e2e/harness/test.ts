import { fileURLToPath } from 'node:url';
import { test as base, expect, type Frame, type Locator } from '@playwright/test';
import { type ChromiumHarness, launchChromium } from './chromium.ts';
import { type Demo, type DemoOptions, startDemo } from './demo.ts';

const dist = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

export const DEMO_DIR = dist('demo');
export const CHROME_EXTENSION_DIR = dist('extension/chrome');
/** The client as it is published. */
export const CLIENT_DIR = dist('client');
export const FIREFOX_EXTENSION_DIR = dist('extension/firefox');

interface Fixtures {
  /** A Chromium of its own with the built extension. */
  readonly devtoolsBrowser: ChromiumHarness;
  /** Starts the built demo app; it is stopped when the test ends. */
  readonly serveDemo: (options?: DemoOptions) => Promise<Demo>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a function needs off this pattern.
  devtoolsBrowser: async ({}, use) => {
    const browser = await launchChromium({ extensionDir: CHROME_EXTENSION_DIR, backForwardCache: true });
    await use(browser);
    await browser.close();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  serveDemo: async ({}, use) => {
    const demos: Demo[] = [];
    await use(async (options) => {
      const demo = await startDemo(DEMO_DIR, options);
      demos.push(demo);
      return demo;
    });
    for (const demo of demos) await demo.close();
  },
});

/** The row of a list that holds all these texts. */
export function rowWith(panel: Frame, ...texts: readonly string[]): Locator {
  return texts.reduce((rows, hasText) => rows.filter({ hasText }), panel.locator('.rows [role=row]'));
}

export async function showView(panel: Frame, view: 'Calls' | 'Cache' | 'History'): Promise<void> {
  await panel.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: view }).click();
}

export { expect };
