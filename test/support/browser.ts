import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { install } from './debian.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];
export const NO_BROWSER =
  'Tests in a browser are skipped, because Chromium is missing: sudo apt-get install chromium, or set CHROMIUM_PATH';

/** null: there is none. */
export function findBrowser(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const named = process.env['CHROMIUM_PATH'];
  const paths = named ? [named] : folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs one where it is missing and that may be done. Takes a minute. @returns why there is none; null: there is one */
export async function requireBrowser(): Promise<string | null> {
  if (findBrowser() === null && !process.env['CHROMIUM_PATH']) await install('chromium');
  return findBrowser() === null ? NO_BROWSER : null;
}

/** It asks nobody for anything by itself. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** A page that was opened, and what happened there. */
export interface Visit {
  page: Page;
  /** What the browser says on its console: errors, and what a policy forbids. */
  complaints: string[];
  /** Whom the page asked, with the port. */
  hosts: Set<string>;
  close(): Promise<void>;
}

/** One browser for the suite that asks. Without one the suite is skipped, and says so. */
export function suiteBrowser(): { open(url: string): Promise<Visit> } {
  let browser: Browser | undefined;
  before(async function () {
    this.timeout(60_000);
    const executablePath = findBrowser();
    if (executablePath === null) {
      console.log(NO_BROWSER);
      this.skip();
    }
    const { chromium } = await import('playwright-core');
    // With a profile of its own, which is empty.
    browser = await chromium.launch({ executablePath, args: QUIET, headless: true });
  });
  after(() => browser?.close());
  return {
    async open(url) {
      if (browser === undefined) throw new Error('There is a browser in tests, not while they are declared');
      const context = await browser.newContext();
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      const visit: Visit = { page, complaints: [], hosts: new Set(), close: () => context.close() };
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) visit.complaints.push(message.text());
      });
      page.on('pageerror', (error) => visit.complaints.push(error.message));
      page.on('request', (request) => {
        // What is part of the page itself asks nobody.
        if (!/^(data|blob):/.test(request.url())) visit.hosts.add(new URL(request.url()).host);
      });
      await page.goto(url);
      return visit;
    },
  };
}
