import { expect } from 'chai';
import pg from 'pg';
import { Cluster } from '../support/cluster.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import type { StagebellProcess } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

const LIMIT = 20;

/** Twenty connections for two instances, which is what a small plan gives. */
describe('where connections are short', function () {
  this.timeout(60_000);
  let database: TestDatabase;
  let admin: pg.Client;
  let role: string;
  let cluster: Cluster;
  before(async () => {
    database = await createDatabase();
    role = `few_${database.name}`;
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    await admin.query(`CREATE ROLE ${role} LOGIN CONNECTION LIMIT ${LIMIT};
      ALTER DATABASE ${database.name} OWNER TO ${role}; GRANT CREATE ON SCHEMA public TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    cluster = await Cluster.start({
      instances: 2,
      postgresUrl: database.url,
      leaseMs: 2000,
      env: { DATABASE_URL: url.href },
    });
  });
  after(async () => {
    await cluster?.stop();
    await admin.query(`REASSIGN OWNED BY ${role} TO CURRENT_USER`);
    await admin.query(`DROP OWNED BY ${role}`);
    await admin.end();
    await database.drop();
  });

  /** Requests without a pause until `isOver`. @returns how many were answered, by status */
  const load = async (clients: number, isOver: () => boolean): Promise<Map<number, number>> => {
    const answers = new Map<number, number>();
    const targets = [...cluster.instances.values()] as StagebellProcess[];
    const client = async (i: number): Promise<void> => {
      while (!isOver()) {
        const target = targets[i % targets.length] as StagebellProcess;
        const { status } = await fetch(`${target.url}/v1/stages?limit=1`);
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: clients }, (_, i) => client(i)));
    return answers;
  };
  const terminateAll = () =>
    admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role]);

  it('bells ring on time beside requests, although all connections were cut', async () => {
    let isOver = false;
    const answers = load(24, () => isOver);
    try {
      for (let round = 0; round < 2; round++) {
        await terminateAll();
        for (let i = 0; i < 4; i++) await cluster.stage(`bell ${round}`, `now() + interval '${3000 + i * 250} ms'`);
        const rows = await cluster.recorded(`bell ${round}`, 4);
        expect(rows.map(({ cause }) => cause)).to.deep.equal(Array(4).fill('timer'));
      }
      for (const instance of cluster.instances.values()) await instance.ready();
    } finally {
      isOver = true;
    }
    expect((await answers).get(200)).to.be.greaterThan(100);
  });

  it('a leader that has no connection to ring by is not ready, says why, and leads again when it has one', async () => {
    const { process, epoch } = await cluster.leader();
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    try {
      const ringing = `FROM pg_stat_activity WHERE usename = $1 AND application_name LIKE '%:ring'`;
      await admin.query(`SELECT pg_terminate_backend(pid) ${ringing}`, [role]);
      await eventually(async () => {
        const answer = await fetch(`${process.url}/readyz`);
        expect([answer.status, await answer.text()].join(' ')).to.match(
          /503.*connections: PostgreSQL has no connection left/,
        );
      });
      const line = await process.waitForLog(
        ({ event, degraded }) => event === 'degraded_on' && degraded === 'connections',
      );
      expect(line['cure']).to.match(/max_connections/);
      await process.waitForLog(({ event, term }) => event === 'leadership_lost' && term === epoch);
    } finally {
      await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT ${LIMIT}`);
    }
    await cluster.successor(epoch);
    for (const instance of cluster.instances.values()) await instance.ready();
    await cluster.stage('after', `now() + interval '1500 ms'`);
    expect(await cluster.recorded('after', 1)).to.have.nested.property('[0].cause', 'timer');
  });
});
