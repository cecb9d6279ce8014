import { test as base, expect } from '@playwright/test';
import { type Demo, startDemo } from '../harness/demo.ts';
import { type FirefoxHarness, launchFirefox } from '../harness/firefox.ts';
import { pickRow, seesRow, showView } from '../harness/firefox-panel.ts';
import { serveStatic } from '../harness/static-server.ts';
import { DEMO_DIR, FIREFOX_EXTENSION_DIR } from '../harness/test.ts';

const test = base.extend<{ readonly firefox: FirefoxHarness; readonly demo: Demo }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a function needs off this pattern.
  firefox: async ({}, use) => {
    const firefox = await launchFirefox({ extensionDir: FIREFOX_EXTENSION_DIR });
    await use(firefox);
    await firefox.close();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above.
  demo: async ({}, use) => {
    const demo = await startDemo(DEMO_DIR);
    await use(demo);
    await demo.close();
  },
});

/** Clicks what the selector finds in the page, once it is there. */
async function click(firefox: FirefoxHarness, testId: string): Promise<void> {
  await expect
    .poll(() =>
      firefox.inPage((id) => {
        const element = document.querySelector<HTMLElement>(`[data-testid="${id}"]`);
        element?.click();
        return element !== null;
      }, testId),
    )
    .toBe(true);
}

test('a call and its values appear in the toolbox, fetched from the page', async ({ firefox, demo }) => {
  await firefox.navigate(demo.url);
  await firefox.openToolbox();
  await click(firefox, 'person-p2-name');
  await seesRow(firefox, 'directory.get("p2")', 'ok');
  await pickRow(firefox, 'directory.get("p2")');
  await firefox.waitFor(() => document.querySelector('.tree')?.textContent?.includes('name: "Jonas Feld"'));
  expect(await firefox.inPanel(() => document.documentElement.dataset.host)).toBe('firefox');
});

test('a failing save is optimistic and then rolled back', async ({ firefox, demo }) => {
  await firefox.navigate(demo.url);
  await firefox.openToolbox();
  await click(firefox, 'person-p1-name');
  await click(firefox, 'fail-next');
  await expect
    .poll(() =>
      firefox.inPage(() => {
        const input = document.querySelector<HTMLInputElement>('[data-testid="form-name"]');
        if (input === null) return false;
        input.value = 'Nobody At All';
        input.dispatchEvent(new InputEvent('input', { bubbles: true }));
        return true;
      }),
    )
    .toBe(true);
  await click(firefox, 'save');
  await showView(firefox, 'History');
  await seesRow(firefox, 'optimistic', 'Nobody At All');
  await seesRow(firefox, 'rolled back', '409 VERSION_CONFLICT');
});

test('a panel that is opened late lists what was before, and follows a reload and another site', async ({
  firefox,
  demo,
}) => {
  await firefox.navigate(demo.url);
  await click(firefox, 'person-p3-name');
  await firefox.openToolbox('Netron', { select: false });
  await firefox.selectTool();
  await seesRow(firefox, 'directory.get("p3")', 'ok');
  await firefox.reload();
  await seesRow(firefox, 'directory.list()', 'ok');
  // Another site is another process: the context that evaluated until now loses its target (BRIDGE §6.2).
  for (const host of ['localhost', '127.0.0.1', 'localhost']) {
    await firefox.navigate(demo.url.replace(/127\.0\.0\.1|localhost/, host));
    await click(firefox, 'person-p5-name');
    await seesRow(firefox, 'directory.get("p5")', 'ok');
  }
});

test('a page without a client shows the ladder', async ({ firefox }) => {
  const blank = await serveStatic(DEMO_DIR, {
    routes: { '/none': (_request, response) => response.end('<!doctype html><title>none</title>') },
  });
  await firefox.navigate(`${blank.url}/none`);
  await firefox.openToolbox();
  await firefox.waitFor(
    () => document.querySelector('.ladder h2')?.textContent === 'No Netron client on this page yet',
  );
  await blank.close();
});
