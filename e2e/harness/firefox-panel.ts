import type { FirefoxHarness } from './firefox.ts';

const ROW_TIMEOUT_MS = 15_000;

/** Waits for a row of the panel's list that holds all these texts. */
export async function seesRow(firefox: FirefoxHarness, ...texts: readonly string[]): Promise<void> {
  await firefox.waitFor(
    (...wanted: string[]) =>
      [...document.querySelectorAll('.rows [role=row]')].some((row) =>
        wanted.every((text) => row.textContent?.includes(text)),
      ),
    ROW_TIMEOUT_MS,
    ...texts,
  );
}

/** Selects the last row that holds this text, as a click does. */
export async function pickRow(firefox: FirefoxHarness, text: string): Promise<void> {
  await seesRow(firefox, text);
  await firefox.inPanel((wanted) => {
    const rows = [...document.querySelectorAll('.rows [role=row]')];
    const row = rows.filter(({ textContent }) => textContent?.includes(wanted)).at(-1);
    document.querySelector<HTMLElement>('.scroller')?.focus();
    row?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true }));
  }, text);
}

export async function showView(firefox: FirefoxHarness, view: 'Calls' | 'Cache' | 'History'): Promise<void> {
  await firefox.inPanel((name) => {
    const tabs = [...document.querySelectorAll<HTMLElement>('[aria-label=Views] [role=tab]')];
    tabs.find(({ textContent }) => textContent?.startsWith(name))?.click();
  }, view);
}
