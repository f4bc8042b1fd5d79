import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { probeRedis } from '../../src/leader/redis-probe.ts';
import { RedlockElection } from '../../src/leader/redlock-election.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { eventually } from '../support/wait.ts';

const LEASE_MS = 3000;
const TLS = { isVerified: true, ca: null };
/** The rights that the documentation names, and no others. */
const RIGHTS = ['~stagebell:*', '-@all', '+eval', '+evalsha', '+exists', '+get', '+set', '+del', '+pttl', '+select'];

interface Case {
  title: string;
  cause: string;
  /** What is done to the server, each one a command. */
  by: string[][];
  undo?: string[][];
  /** Of the user `u`; the default user otherwise. */
  rights?: string[];
  path?: string;
}

const CASES: Case[] = [
  {
    title: 'a replica',
    cause: 'replica (READONLY)',
    by: [['REPLICAOF', '127.0.0.1', '1']],
    undo: [['REPLICAOF', 'NO', 'ONE']],
  },
  {
    title: 'a replica that serves no stale data',
    cause: '(MASTERDOWN)',
    by: [
      ['CONFIG', 'SET', 'replica-serve-stale-data', 'no'],
      ['REPLICAOF', '127.0.0.1', '1'],
    ],
    undo: [['REPLICAOF', 'NO', 'ONE']],
  },
  {
    title: 'out of memory',
    cause: 'out of memory (OOM)',
    by: [['CONFIG', 'SET', 'maxmemory', '1']],
    undo: [['CONFIG', 'SET', 'maxmemory', '0']],
  },
  {
    title: 'too few replicas',
    cause: '(NOREPLICAS)',
    by: [['CONFIG', 'SET', 'min-replicas-to-write', '1']],
    undo: [['CONFIG', 'SET', 'min-replicas-to-write', '0']],
  },
  { title: 'a user without scripts', cause: '(NOPERM)', by: [], rights: ['~*', '+@all', '-@scripting'] },
  { title: 'a user without our keys', cause: '(NOPERM)', by: [], rights: ['~other:*', '+@all'] },
  { title: 'a user without SET', cause: '(NOPERM)', by: [], rights: ['~*', '+@all', '-set'] },
  { title: 'a user without GET', cause: '(NOPERM)', by: [], rights: ['~*', '+@all', '-get'] },
  {
    title: 'a password that was changed',
    cause: '(WRONGPASS)',
    by: [
      ['ACL', 'SETUSER', 'u', 'resetpass', '>other'],
      ['CLIENT', 'KILL', 'USER', 'u'],
    ],
    undo: [['ACL', 'SETUSER', 'u', 'resetpass', '>p']],
    rights: RIGHTS,
  },
  { title: 'a database that is not there', cause: 'database number', by: [], path: '/99' },
];

describe('a Redis that answers and gives no locks', () => {
  let server: RedisServer;
  let open: RedlockElection[] = [];
  let deployments = 0;

  before(async () => {
    server = await startRedis();
  });
  after(() => server.stop());
  afterEach(async () => {
    await Promise.all(open.map((election) => election.close()));
    open = [];
    await server.ask('ACL', 'SETUSER', 'u', 'reset');
  });

  const urlFor = async ({ rights, path = '' }: Pick<Case, 'rights' | 'path'>): Promise<string> => {
    if (rights === undefined) return `${server.url}${path}`;
    await server.ask('ACL', 'SETUSER', 'u', 'reset', 'on', '>p', ...rights);
    return `redis://u:p@127.0.0.1:${server.port}${path}`;
  };
  const candidate = (url: string): RedlockElection => {
    const election = new RedlockElection(
      connectRedis([url], LEASE_MS, silentLog),
      `d${deployments}`,
      LEASE_MS,
      systemClock,
    );
    open.push(election);
    return election;
  };
  const inTurn = async (commands: string[][] = []): Promise<void> => {
    for (const [command = '', ...parameters] of commands) await server.ask(command, ...parameters);
  };

  for (const { title, cause, by, undo, ...user } of CASES) {
    it(`${title}: the election cannot tell, says why, and works again when it can`, async () => {
      deployments += 1;
      const url = await urlFor(user);
      const [leader, follower] = [candidate(url), candidate(url)];
      if (undo !== undefined) await eventually(async () => expect((await leader.campaign()).kind).to.equal('elected'));
      await inTurn(by);
      try {
        await eventually(async () => {
          expect((await leader.renew()).kind, 'its own lock may still be there').not.to.equal('held');
          expect(leader.trouble?.cause).to.contain(cause);
        });
        expect((await follower.campaign()).kind, 'not held by anybody').to.equal('undecided');
        const [report] = await probeRedis([url], LEASE_MS, TLS);
        expect(report?.refusal?.cause, 'what doctor says').to.contain(cause);
      } finally {
        await inTurn(undo);
      }
      if (undo === undefined) return;
      await eventually(async () => expect((await leader.renew()).kind).to.equal('elected'));
      expect(leader.trouble).to.equal(null);
      // Each connection tries again in a time of its own.
      await eventually(async () => expect(await follower.look()).to.equal('held'));
      expect(follower.trouble).to.equal(null);
    });
  }

  it('a lock that is still there on a server that refuses writes: nobody waits for it', async () => {
    deployments += 1;
    const [leader, follower] = [candidate(server.url), candidate(server.url)];
    await eventually(async () => expect((await leader.campaign()).kind).to.equal('elected'));
    await inTurn([['REPLICAOF', '127.0.0.1', '1']]);
    expect((await follower.campaign()).kind).to.equal('undecided');
    await inTurn([['REPLICAOF', 'NO', 'ONE']]);
  });

  it('a server that closes idle connections, as Heroku’s does every five minutes: no trouble, and nothing to report', async () => {
    deployments += 1;
    const leader = candidate(server.url);
    await eventually(async () => expect((await leader.campaign()).kind).to.equal('elected'));
    const told: unknown[] = [];
    let changes = 0;
    leader.onChange = () => {
      changes += 1;
      if (leader.trouble !== null) told.push(leader.trouble);
    };
    await server.ask('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await eventually(() => expect(changes, 'closed, and open again').to.be.at.least(2));
    expect(told).to.deep.equal([]);
    expect((await leader.renew()).kind).to.equal('elected');
  });

  it('the rights that are documented are enough, and each of them is needed', async () => {
    const isEnough = async (rights: string[]): Promise<boolean> => {
      const [report] = await probeRedis([await urlFor({ rights, path: '/1' })], LEASE_MS, TLS);
      return report?.refusal === null;
    };
    expect(await isEnough(RIGHTS)).to.equal(true);
    for (const right of RIGHTS.filter((each) => each !== '-@all')) {
      // The script is known by now, so that the server is asked for it by name alone.
      if (right === '+eval') await server.forgetScripts();
      expect(await isEnough(RIGHTS.filter((each) => each !== right)), `without ${right}`).to.equal(false);
    }
  });

  it('reads a password of any characters, and the number of the database', async () => {
    const password = 'a@b:c/d#e?f%g';
    await server.ask('ACL', 'SETUSER', 'u', 'reset', 'on', `>${password}`, '~*', '+@all');
    const url = `redis://u:${encodeURIComponent(password)}@127.0.0.1:${server.port}/3`;
    const [report] = await probeRedis([url], LEASE_MS, TLS);
    expect(report?.refusal).to.equal(null);
    deployments += 1;
    await candidate(url).campaign();
    expect(String(await server.ask('INFO', 'keyspace'))).to.contain('db3:keys=');
  });
});
