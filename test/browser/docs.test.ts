import { hash } from 'node:crypto';
import { expect } from 'chai';
import type { Locator } from 'playwright-core';
import { apiKeyAuthenticator } from '../../src/access/api-key-authenticator.ts';
import { suiteApi } from '../http/support.ts';
import { suiteBrowser, type Visit } from '../support/browser.ts';
import { PREFIX, startReverseProxy } from '../support/reverse-proxy.ts';

const SECRET = 'secret-of-office';
const sha256 = Buffer.from(hash('sha256', SECRET, 'hex'), 'hex');

describe('/docs in a browser', function () {
  this.timeout(60_000);
  const api = suiteApi({
    basePath: PREFIX,
    security: {
      kind: 'known',
      authenticator: apiKeyAuthenticator([{ name: 'office', scope: 'write', sha256 }]),
      metricsOpen: false,
    },
  });
  const browser = suiteBrowser();

  it('shows the operations and tries them, with a key, without a request to another host', async () => {
    const visit = await browser.open(`${api.url}${PREFIX}/docs`);
    try {
      await tryIt(visit);
      expect([...visit.hosts]).to.deep.equal([new URL(api.url).host]);
      // The first try was without a key.
      expect(visit.complaints.filter((text) => !text.includes('401'))).to.deep.equal([]);
    } finally {
      await visit.close();
    }
  });

  it('works behind a proxy that removes its path', async () => {
    const proxy = await startReverseProxy(api.url, { keeps: false });
    const visit = await browser.open(`${proxy.url}/docs`);
    try {
      await (await operation(visit, 'isAlive')).getByText('200').waitFor();
      expect([...visit.hosts]).to.deep.equal([new URL(proxy.url).host]);
      expect(visit.complaints).to.deep.equal([]);
    } finally {
      await visit.close();
      await proxy.close();
    }
  });

  it('would run no other script, and we would know', async () => {
    const visit = await browser.open(`${api.url}/docs`);
    try {
      await visit.page.evaluate(
        `document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.isRun = true' }))`,
      );
      expect(await visit.page.evaluate('window.isRun')).to.equal(undefined);
      expect(visit.complaints.join()).to.contain('Content Security Policy');
    } finally {
      await visit.close();
    }
  });
});

/** Executes an operation of the service. @returns where its status is shown */
async function operation({ page }: Visit, name: string): Promise<Locator> {
  const shown = page.locator(`#operations-Service-${name}`);
  await shown.locator('.opblock-summary-control').click();
  await shown.getByRole('button', { name: 'Execute' }).click();
  return shown.locator('.live-responses-table tbody .response-col_status').first();
}

/** First as nobody, then with the key. */
async function tryIt(visit: Visit): Promise<void> {
  const { page } = visit;
  const status = await operation(visit, 'getScheduler');
  await status.getByText('401').waitFor();
  await page.locator('.auth-wrapper .authorize').first().click();
  await page.locator('.auth-container input').fill(SECRET);
  await page.locator('.auth-btn-wrapper .authorize').click();
  await page.locator('.auth-btn-wrapper .btn-done').click();
  await page.getByRole('button', { name: 'Execute' }).click();
  await status.getByText('200').waitFor();
}
