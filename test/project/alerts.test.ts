import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { startPostgres } from '../support/postgres.ts';
import { startServe } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../docs/${path}`, import.meta.url));
const RULES = readFileSync(file('alerts/stagebell.rules.yml'), 'utf8');
const DASHBOARD = readFileSync(file('grafana/stagebell.json'), 'utf8');
const METRIC = /\b((?:stagebell|nodejs|process)_\w+?)(?:_bucket|_count)?\b(?=[^:/\w])/g;

describe('The alerts of docs/alerts', () => {
  it('fire when they should, and not when all is well (promtool)', function () {
    if (spawnSync('promtool', ['--version']).error !== undefined) this.skip();
    this.timeout(30_000);
    execFileSync('promtool', ['check', 'rules', '--lint-fatal', file('alerts/stagebell.rules.yml')]);
    execFileSync('promtool', ['test', 'rules', file('alerts/stagebell.test.yml')]);
  });

  it('say how bad it is and what to do, by a heading that is there', () => {
    const alerts = RULES.split('- alert: ').slice(1);
    const page = readFileSync(file('operations.md'), 'utf8');
    const anchorOf = (title: string): string =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-');
    const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => anchorOf(title));
    for (const alert of alerts) {
      expect(alert)
        .to.match(/severity: (critical|warning)/)
        .and.to.match(/summary: /);
      expect(headings).to.include(alert.match(/runbook_url: operations\.md#(\S+)/)?.[1]);
    }
  });

  it('are shown on a dashboard for Grafana, each panel in a place of its own', () => {
    const { panels } = JSON.parse(DASHBOARD);
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }: { gridPos: Record<string, number> }) =>
      Array.from(
        { length: (w ?? 0) * (h ?? 0) },
        (_, i) => `${(x ?? 0) + (i % (w ?? 1))} ${(y ?? 0) + Math.floor(i / (w ?? 1))}`,
      ),
    );
    expect(new Set(places).size).to.equal(places.length);
    expect(new Set(panels.map(({ id }: { id: number }) => id)).size).to.equal(panels.length);
  });

  it('name metrics that a real service exports, which says so when its database is gone', async function () {
    this.timeout(90_000);
    const server = await startPostgres();
    const service = await (await startServe({ DATABASE_URL: server.url })).ready();
    const metrics = async (): Promise<string> => (await fetch(`${service.url}/metrics`)).text();
    const text = await metrics();
    const exported = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name = '']) => name);
    const named = [...`${RULES} ${DASHBOARD}`.matchAll(METRIC)].map(([, name]) => name);
    expect(named.length).to.be.greaterThan(40);
    expect(exported).to.include.members(named as string[]);
    const version = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
    expect(text)
      .to.contain(`stagebell_build_info{version="${version}"`)
      .and.to.match(/^stagebell_database_up 1$/m);
    expect(text)
      .to.match(/^stagebell_overdue_boundaries 0$/m)
      .and.to.match(/^stagebell_ready 1$/m);
    // Nothing is armed and nothing was swept: there is no such value, and no 0 or -1 in its place.
    expect(text).not.to.match(/^stagebell_(next_instant|last_sweep)_timestamp_seconds /m);
    await server.stop('immediate');
    await eventually(
      async () => {
        const away = await metrics();
        expect(away)
          .to.match(/^stagebell_database_up 0$/m)
          .and.not.to.match(/^stagebell_overdue_boundaries /m);
        expect(away).to.match(/^stagebell_ready 0$/m);
      },
      { timeoutMs: 30_000 },
    );
    await service.kill9();
    await server.remove();
  });
});
