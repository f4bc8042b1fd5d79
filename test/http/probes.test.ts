import { expect } from 'chai';
import { NO_METRICS, suiteApi } from './support.ts';

const STUCK = '00000000-0000-4000-8000-0000000000a1';

describe('the probes and the state of the scheduler', () => {
  const api = suiteApi();
  const view = {
    role: 'leader' as const,
    armed: { instants: 2, nextMs: Date.UTC(2030, 0, 1), lastMs: Date.UTC(2030, 0, 2) },
    clockOffsetMs: 3,
    troubles: [
      {
        part: 'redis',
        cause: 'it is away',
        cure: 'start it',
        detail: '',
        isBlocking: false,
        sinceMs: Date.UTC(2030, 0, 1),
      },
    ],
    stuck: [{ id: STUCK, code: 'P0001', reason: 'no way', sinceMs: Date.UTC(2030, 0, 1) }],
    toldBy: { toldBy: 'lease' as const, why: 'a pooler' },
    notReady: ['database: starting'],
  };

  it('say why an instance is not ready', async () => {
    const waiting = await api.also({ view });
    const { status, body } = await waiting.call('GET', '/readyz');
    expect(status).to.equal(503);
    expect(body).to.deep.equal({ status: 'unavailable', reasons: ['database: starting'] });
    expect((await waiting.call('GET', '/livez')).status).to.equal(200);
    await waiting.stop();
  });

  it('say who leads by the database, and what is armed here', async () => {
    const leading = await api.also({ view });
    await api.database
      .em()
      .execute(`UPDATE leadership SET instance = 'web.1', since = '2026-11-23T09:00:00Z', heartbeat_at = now()`);
    await api.stage({ start_date: '2026-01-01T00:00:00Z' });
    const { body } = await leading.call('GET', '/v1/scheduler');
    expect(body).to.deep.equal({
      instance: 'test',
      role: 'leader',
      leader: { instance: 'web.1', epoch: 0, since: '2026-11-23T09:00:00.000Z' },
      armed: { instants: 2, next_at: '2030-01-01T00:00:00.000Z', last_at: '2030-01-02T00:00:00.000Z' },
      clock: { offset_ms: 3 },
      overdue: 0,
      succession: { told_by: 'lease', why: 'a pooler' },
      degraded: ['redis'],
      troubles: [{ part: 'redis', cause: 'it is away', cure: 'start it', since: '2030-01-01T00:00:00.000Z' }],
      stuck: [{ stage_id: STUCK, code: 'P0001', error: 'no way', since: '2030-01-01T00:00:00.000Z' }],
      instances: [],
    });
    await leading.stop();
  });

  it('do not wait for a stranger who holds the table of instances, and name the session', async () => {
    const leading = await api.also({ view });
    await api.database.em().transactional(async (em) => {
      const [holder] = await em.execute<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await em.execute('LOCK TABLE instance');
      const { status, body } = await leading.call('GET', '/v1/scheduler');
      expect([status, body.instances, body.degraded]).to.deep.equal([200, null, ['redis', 'instances']]);
      expect(body.troubles[1].cure).to.contain(`pg_terminate_backend(${holder?.pid})`);
      expect(body.troubles[1].detail).to.contain('LOCK TABLE instance').and.to.contain(`session ${holder?.pid}`);
    });
    expect((await leading.call('GET', '/v1/scheduler')).body.instances).to.deep.equal([]);
    await leading.stop();
  });

  it('are all that a clock serves', async () => {
    const clock = await api.also({ role: 'clock' });
    for (const path of ['/livez', '/readyz', '/metrics']) expect((await clock.call('GET', path)).status).to.equal(200);
    const { status, body } = await clock.call('GET', '/v1/stages');
    expect(status).to.equal(404);
    expect(body.detail).to.contain('ROLE=clock');
    await clock.stop();
  });

  it('are measured by route, so that ids do not become labels', async () => {
    const seen: unknown[] = [];
    const observeHttp = (...what: unknown[]) => void seen.push(what.slice(0, 3));
    const measured = await api.also({ metrics: { ...NO_METRICS, observeHttp } });
    await measured.call('GET', '/v1/stages/00000000-0000-4000-8000-000000000000');
    await measured.call('GET', '/nothing');
    await measured.call('GET', '/livez');
    expect(seen).to.deep.equal([
      ['/v1/stages/:id', 'GET', 404],
      ['none', 'GET', 404],
      ['/livez', 'GET', 200],
    ]);
    await measured.stop();
  });
});
