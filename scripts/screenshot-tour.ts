import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Frame, Page } from 'playwright';
import { launchChromium } from '../e2e/harness/chromium.ts';
import { startDemo } from '../e2e/harness/demo.ts';
import { type FirefoxHarness, launchFirefox } from '../e2e/harness/firefox.ts';
import { pickRow as pickFirefoxRow, seesRow, showView } from '../e2e/harness/firefox-panel.ts';

const root = new URL('../../', import.meta.url);
const path = (relative: string): string => fileURLToPath(new URL(relative, root));
const OUT = path('docs/screenshots');
/** Long enough to photograph a layer while it is pending. */
const SAVE_MS = 2_500;

type Theme = 'light' | 'dark';

/** The demo is used until every view has something to show; a save is left pending at the end. */
async function useDemo(page: Page): Promise<void> {
  await page.getByTestId('person-p2').click();
  await page.getByTestId('person-p1').click();
  await page.getByTestId('form-title').fill('Principal Engineer');
  await page.getByTestId('save').click();
  await page.getByTestId('save-status').filter({ hasText: /saved/i }).waitFor();
  await page.getByTestId('fail-next').click();
  await page.getByTestId('form-name').fill('Ada Lovelace');
  await page.getByTestId('save').click();
  await page
    .getByTestId('save-status')
    .filter({ hasText: /failed/i })
    .waitFor();
}

export async function shootChromium(theme: Theme): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  const demo = await startDemo(path('dist/demo'), { saveMs: SAVE_MS });
  const windowSize = { width: 1280, height: 560 };
  const browser = await launchChromium({ extensionDir: path('dist/extension/chrome'), colorScheme: theme, windowSize });
  const { page, devtools, panel } = await browser.openDevtools(demo.url);
  const shoot = (name: string): Promise<unknown> =>
    devtools.screenshot({ path: `${OUT}/chrome-${name}-${theme}.png`, animations: 'disabled' });
  await page.emulateMedia({ colorScheme: theme });
  await useDemo(page);
  await page.screenshot({ path: `${OUT}/demo-${theme}.png` });

  await pickRow(panel, 'directory.update', '409');
  await tab(panel, 'Effects');
  await shoot('calls');
  await tab(panel, 'Data');
  await view(panel, 'History');
  await pickRow(panel, 'rolled back');
  await panel.locator('.changes').first().waitFor();
  await shoot('history');

  await page.getByTestId('form-team').fill('Analytics');
  await page.getByTestId('save').click();
  await view(panel, 'Cache');
  await pickRow(panel, 'directory.get("p1")');
  await tab(panel, 'Layers');
  await panel.locator('.layer.optimistic .changes').waitFor();
  await shoot('cache');

  for (const [name, width, height] of [
    ['narrow', 640, 560],
    ['480', 479, 640],
    ['low', 640, 200],
  ] as const) {
    await devtools.setViewportSize({ width, height });
    await view(panel, 'Calls');
    await panel.page().keyboard.press('Escape');
    // Of the row before, which would pass for the next one's.
    await panel.locator('.details .tree').first().waitFor({ state: 'detached' });
    if (name === '480') await shoot('480-list');
    await pickRow(panel, 'directory.update', '409');
    await panel.locator('.tree .line').first().waitFor();
    await shoot(name);
  }
  await devtools.setViewportSize(windowSize);
  await page.goto(`${demo.url}icon.svg`);
  await panel.locator('.ladder .snippet').waitFor();
  await shoot('ladder');
  await browser.close();
  await demo.close();
}

async function view(panel: Frame, name: string): Promise<void> {
  await panel.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name }).click();
}

async function tab(panel: Frame, name: string): Promise<void> {
  await panel.locator('.details').getByRole('tab', { name }).click();
}

async function pickRow(panel: Frame, ...texts: readonly string[]): Promise<void> {
  const rows = texts.reduce((found, hasText) => found.filter({ hasText }), panel.locator('.rows [role=row]'));
  await rows.last().click();
}

export async function shootFirefox(theme: Theme): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  const demo = await startDemo(path('dist/demo'), { saveMs: SAVE_MS });
  const windowSize = { width: 1280, height: 900 };
  const firefox = await launchFirefox({ extensionDir: path('dist/extension/firefox'), theme, windowSize });
  const shoot = async (name: string): Promise<void> =>
    writeFileSync(`${OUT}/firefox-${name}-${theme}.png`, await firefox.toolboxScreenshot());
  await firefox.navigate(demo.url);
  await firefox.openToolbox();
  await seesRow(firefox, 'directory.teams()');
  await saveInFirefox(firefox, 'p1', 'title', 'Principal Engineer', false);
  await seesRow(firefox, 'directory.update', 'ok');
  await saveInFirefox(firefox, 'p1', 'name', 'Ada Lovelace', true);
  await seesRow(firefox, 'directory.update', '409');
  await pickFirefoxRow(firefox, '409');
  await firefox.waitFor(() => document.querySelector('.tree .line') !== null);
  await shoot('calls');
  await showView(firefox, 'History');
  await pickFirefoxRow(firefox, 'rolled back');
  await firefox.waitFor(() => document.querySelector('.changes') !== null);
  await shoot('history');
  await showView(firefox, 'Cache');
  await pickFirefoxRow(firefox, 'directory.get("p1")');
  await firefox.waitFor(() => document.querySelector('.tree .line') !== null);
  await shoot('cache');
  await firefox.close();
  await demo.close();
}

async function saveInFirefox(
  firefox: FirefoxHarness,
  id: string,
  field: string,
  value: string,
  fails: boolean,
): Promise<void> {
  await firefox.inPage(
    async (person, name, text, failing) => {
      const find = async (testId: string): Promise<HTMLElement> => {
        for (;;) {
          const element = document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
          if (element !== null) return element;
          await new Promise(requestAnimationFrame);
        }
      };
      (await find(`person-${person}-name`)).click();
      if (failing) (await find('fail-next')).click();
      const input = (await find(`form-${name}`)) as HTMLInputElement;
      input.value = text;
      input.dispatchEvent(new InputEvent('input', { bubbles: true }));
      await new Promise(requestAnimationFrame);
      (await find('save')).click();
    },
    id,
    field,
    value,
    fails,
  );
}
