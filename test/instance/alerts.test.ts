import { expect } from 'chai';
import type { Json } from '../http/support.ts';
import { suiteCluster } from '../support/cluster.ts';
import { eventually } from '../support/wait.ts';

/** Real instances, of which the one that could lead is killed. */
describe('An alert that nobody leads', () => {
  const cluster = suiteCluster({ instances: 1, redis: 0 });

  it('is raised by an instance that cannot lead, seen everywhere, and resolved by the next leader', async function () {
    this.timeout(60_000);
    const web = await cluster.startInstance('web', { ROLE: 'web' });
    const get = (path: string) => cluster.get<Json>(web, path);
    const events = async (): Promise<string[]> =>
      (await get('/v1/events?types=alert.raised,alert.resolved&limit=500')).items
        .filter(({ data }: Json) => data.alert.kind === 'no_leader')
        .map(({ type }: Json) => type);
    await (await cluster.leader()).process.kill9();
    await eventually(
      async () => {
        const { items } = await get('/v1/alerts?kind=no_leader');
        expect(items).to.have.length(1);
        expect(items[0]).to.include({ severity: 'critical', raised_by: 'web', resolved_at: null });
        expect(await get(`/v1/alerts/${items[0].id}`)).to.deep.equal(items[0]);
      },
      { timeoutMs: 20_000 },
    );
    expect(await events()).to.deep.equal(['alert.raised']);
    const metrics = await (await fetch(`${web.url}/metrics`)).text();
    expect(metrics).to.match(/^stagebell_alerts_open\{kind="no_leader",severity="critical"\} 1$/m);
    await cluster.startInstance('i2');
    await eventually(async () => expect(await events()).to.deep.equal(['alert.raised', 'alert.resolved']), {
      timeoutMs: 20_000,
    });
    expect((await get('/v1/alerts?kind=no_leader')).items).to.deep.equal([]);
    expect((await get('/v1/alerts?kind=no_leader&state=resolved')).items).to.have.length(1);
  });
});
