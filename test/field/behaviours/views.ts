import { runCommand } from '../../support/command.ts';
import { expectNothingBehind, expectSound } from '../../support/record.ts';
import { eventually } from '../../support/wait.ts';
import type { Behaviour } from '../behaviour.ts';

/** Where requests may have to wait, an instance may say so at that moment. */
const BUSY = /^FAIL +(troubles .*, (pool|connections):|connections )/;
/** Beside others a round trip may be slow for a moment, which doctor says. */
const DOCTOR_TRIES = 3;

export const doctor: Behaviour = {
  name: 'doctor',
  async run({ site, expected }) {
    const failures = expected.doctor.filter(({ source }) => source.startsWith('FAIL')).length;
    for (let tries = 1; ; tries++) {
      const { code, stdout, stderr } = await runCommand(['doctor'], { ...site.env, ...site.toolEnv });
      const all = stdout.split('\n').filter((line) => line.startsWith('FAIL'));
      const failing = expected.mayBeBusy ? all.filter((line) => !BUSY.test(line)) : all;
      const isSaid = failing.length === failures && expected.doctor.every((e) => e.test(stdout));
      if (isSaid && code === (all.length === 0 ? 0 : 1)) {
        if (failures > 0) return 'says so';
        return expected.doctor.length > 0 ? 'warns' : 'ok';
      }
      if (tries < DOCTOR_TRIES) continue;
      const wanted = expected.doctor.length === 0 ? 'all ok' : expected.doctor.join(', ');
      throw new Error(`doctor ends with ${code}, expected ${wanted}; it says: ${failing.join(' | ')}${stderr}`);
    }
  },
};

export const readyz: Behaviour = {
  name: 'readyz',
  async run({ cluster, expected }) {
    for (const [name, { url }] of cluster.instances) {
      const all = [...expected.degraded, ...expected.leaderDegraded];
      // What the leader finds out at once, a follower may find out too, when it looks.
      const allowed = [...all, ...expected.mayDegrade];
      const isAsExpected = (parts: readonly string[], leader: string): boolean =>
        parts.every((part) => allowed.includes(part)) &&
        (name === leader ? all : expected.degraded).every((part) => parts.includes(part));
      await eventually(async () => {
        // On a busy machine the term may go to another one meanwhile.
        const { name: leader } = await cluster.leader();
        const answer = await fetch(`${url}/readyz`);
        const text = await answer.text();
        const { degraded = [], reasons = [] } = JSON.parse(text) as { degraded?: string[]; reasons?: string[] };
        // Requests that wait for a connection are a reason to send them elsewhere.
        const isBusy = answer.status === 503 && reasons.every((reason) => /^(pool|connections):/.test(reason));
        if (expected.mayBeBusy && isBusy) return;
        if (answer.status !== 200 || !isAsExpected(degraded, leader))
          throw new Error(`/readyz of ${name}: ${answer.status} ${text}, expected degraded: ${all}`);
      });
    }
    const without = [...expected.degraded, ...expected.leaderDegraded];
    return without.length === 0 ? 'ready' : `without ${without.join(', ')}`;
  },
};

export const status: Behaviour = {
  name: 'status',
  isLong: true,
  async run({ site, cluster, expected }) {
    const { code, stdout, stderr } = await runCommand(['status', '--json'], { ...site.env, ...site.toolEnv });
    if (code !== 0) throw new Error(`status ends with ${code}: ${stdout}${stderr}`);
    const { leader, overdue } = JSON.parse(stdout);
    const { name } = await cluster.leader();
    if (leader?.instance !== name) throw new Error(`status names ${leader?.instance}, and ${name} leads`);
    if (overdue !== expected.behind) throw new Error(`status says that ${overdue} are overdue`);
    return 'ok';
  },
};

/** What must hold of every record, whatever happened before. */
export const sound: Behaviour = {
  name: 'record',
  isAlone: true,
  async run({ cluster, expected }) {
    if (expected.behind === 0) await eventually(() => expectNothingBehind(cluster));
    await expectSound(cluster);
    return 'sound';
  },
};
