import { fileURLToPath } from 'node:url';
import type { Frame, Page } from 'playwright';
import { launchChromium } from '../e2e/harness/chromium.ts';
import { type Demo, startDemo } from '../e2e/harness/demo.ts';

const root = new URL('../../', import.meta.url);
const READY_TIMEOUT_MS = 30_000;

/** What the panel itself says of the page, read off its tabs. */
export interface PanelReading {
  readonly panel: boolean;
  readonly calls: number;
  readonly entries: number;
}

export interface DemoSession {
  readonly demo: Demo;
  readonly page: Page;
  readonly panel: Frame;
  reading(): Promise<PanelReading>;
  /** Resolves when the user has closed the browser. */
  closed(): Promise<void>;
  close(): Promise<void>;
}

/** The demo app alone. */
export function serveDemo(ports: { httpPort?: number; wsPort?: number; pagePort?: number } = {}): Promise<Demo> {
  return startDemo(fileURLToPath(new URL('dist/demo', root)), ports);
}

/** The demo app in a Chromium with the extension, DevTools open on the Netron panel. */
export async function openDemo(headless: boolean): Promise<DemoSession> {
  const demo = await serveDemo();
  try {
    const extensionDir = fileURLToPath(new URL('dist/extension/chrome', root));
    const browser = await launchChromium({ extensionDir, headless });
    const { page, panel } = await browser.openDevtools(demo.url);
    return {
      demo,
      page,
      panel,
      reading: () => readPanel(panel),
      closed: () => new Promise((resolve) => browser.context.once('close', () => resolve())),
      async close() {
        await browser.close();
        await demo.close();
      },
    };
  } catch (error) {
    await demo.close();
    throw error;
  }
}

/** Uses the page as a person would, until the panel has listed that many calls. */
export async function useUntilListed({ page, panel, reading }: DemoSession, calls: number): Promise<PanelReading> {
  await page.getByTestId('person-p2').click({ timeout: READY_TIMEOUT_MS });
  await page.getByTestId('person-p3').click({ timeout: READY_TIMEOUT_MS });
  await panel
    .waitForFunction(
      (wanted) => Number(document.querySelector('[role=tab] .count')?.textContent?.replace(/\D/g, '')) >= wanted,
      calls,
      { timeout: READY_TIMEOUT_MS },
    )
    .catch(async () => {
      const said = await panel.evaluate(() => document.body.textContent?.slice(0, 400)).catch(() => 'nothing');
      throw new Error(`the panel did not list ${calls} calls within ${READY_TIMEOUT_MS} ms; it shows: ${said}`);
    });
  return reading();
}

async function readPanel(panel: Frame): Promise<PanelReading> {
  const count = async (view: string): Promise<number> => {
    const text = await panel.getByRole('tab', { name: view }).locator('.count').textContent();
    return Number((text ?? '').replace(/\D/g, ''));
  };
  const calls = await count('Calls');
  return { panel: calls > 0, calls, entries: await count('Cache') };
}
