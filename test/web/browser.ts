// Headless Chromium for tests of the pages: a page that notes whatever must not happen.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Dashboard } from './dashboard.ts';

const CHROMIUM = '/usr/bin/chromium';
/** For `skip` of a test. */
export const noBrowser: string | false = existsSync(CHROMIUM) ? false : `${CHROMIUM} not installed`;

const UI = join(import.meta.dirname, '../../ui');

export async function launch(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** The pages built as they are now, in a folder of their own; `remove` deletes it. */
export async function buildPages(): Promise<{ directory: string; remove: () => void }> {
  const directory = mkdtempSync(join(tmpdir(), 'kansatsuki-ui-'));
  const { build } = await import('vite');
  await build({ root: UI, configFile: join(UI, 'vite.config.ts'), logLevel: 'error', build: { outDir: directory } });
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

export interface Watched {
  page: Page;
  /** Dialogs, errors, warnings, windows, and requests to elsewhere. */
  trouble: string[];
}

export interface WatchOptions {
  width?: number;
  height?: number;
  /** What the reader has chosen (ui/settings.ts). */
  settings?: object;
  context?: BrowserContextOptions;
}

/** A page that has logged in. */
export async function watch(
  browser: Browser,
  { web }: Dashboard,
  { width = 1280, height = 900, settings = {}, context: more }: WatchOptions = {},
): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width, height }, ...more });
  const page = await context.newPage();
  const trouble: string[] = [];
  const { origin } = new URL(web.url);
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      trouble.push(`${message.type()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) trouble.push(`request: ${request.url()}`);
  });
  page.on('popup', () => trouble.push('popup'));
  // Scripts for the browser are text: its types are not those of this program.
  await page.addInitScript(
    `localStorage.getItem('kansatsuki') ?? localStorage.setItem('kansatsuki', ${JSON.stringify(JSON.stringify(settings))});
     addEventListener('securitypolicyviolation', (e) => console.error('CSP: ' + e.violatedDirective + ' ' + e.blockedURI));`,
  );
  await page.goto(web.loginUrl);
  await page.getByRole('heading', { level: 1 }).waitFor();
  return { page, trouble };
}

/** Opens a page and waits until nothing of it waits. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('main h1, main .entry, main .nothing').first().waitFor();
  await page.locator('.waiting').first().waitFor({ state: 'detached' });
}
