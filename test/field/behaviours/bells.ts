import type { Behaviour } from '../behaviour.ts';
import { inMs, type Scene } from '../scene.ts';

const INSERT = `INSERT INTO stage (assignment_id, name, start_date)
  VALUES ($1, $2, clock_timestamp() + $3 * interval '1 ms') RETURNING id`;
const PLAN = `UPDATE stage SET start_date = clock_timestamp() + $2 * interval '1 ms' WHERE id = $1`;

/** HTTP POST and PATCH, SQL INSERT and UPDATE, and the two actions, which are edits of their own. */
export const doors: Behaviour = {
  name: 'bells through every door',
  async run(scene) {
    const { cluster } = scene;
    const aheadMs = await scene.ahead(500);
    const [post, patch, insert, update, action] = ['post', 'patch', 'insert', 'update', 'action'].map((door) =>
      scene.name(door),
    ) as [string, string, string, string, string];
    const path = `/v1/assignments/${cluster.assignment}/stages`;
    await scene.call('POST', path, { name: post, start_date: inMs(aheadMs), end_date: inMs(aheadMs + 150) });
    const { id } = await scene.call('POST', path, { name: patch });
    await scene.call('PATCH', `/v1/stages/${id}`, { start_date: inMs(aheadMs) });
    await scene.write(INSERT, [cluster.assignment, insert, aheadMs]);
    const [row] = await scene.write<{ id: string }>(INSERT, [cluster.assignment, update, null]);
    await scene.write(PLAN, [row?.id, aheadMs]);
    await act(scene, path, action);
    const late = [await scene.rung(post, 2)];
    for (const name of [patch, insert, update]) late.push(await scene.rung(name, 1));
    return `${Math.max(...late)} ms`;
  },
};

/** Activate and complete happen at once, and are on the record as what they are. */
async function act(scene: Scene, path: string, name: string): Promise<void> {
  const { id } = await scene.call('POST', path, { name });
  await scene.call('POST', `/v1/stages/${id}/activate`);
  await scene.call('POST', `/v1/stages/${id}/complete`);
  const said = (await scene.cluster.recorded(name, 2)).map(({ cause, to_status }) => `${cause} ${to_status}`).join();
  if (said !== 'edit active,edit completed') throw new Error(`activate and complete are on the record as: ${said}`);
}

/** A date that is about to come is moved, later and earlier, over HTTP and by SQL. */
export const shortNotice: Behaviour = {
  name: 'edits at short notice',
  async run(scene) {
    const { cluster } = scene;
    // The edit must win the race against the bell that it moves, on a busy machine too.
    const soonMs = await scene.ahead(300);
    const path = `/v1/assignments/${cluster.assignment}/stages`;
    const late: Promise<number>[] = [];
    for (const [what, fromMs, toMs] of [
      ['later', soonMs, soonMs + 400],
      ['earlier', 60_000, soonMs],
    ] as const) {
      const http = scene.name(`moved ${what} by PATCH`);
      const { id } = await scene.call('POST', path, { name: http, start_date: inMs(fromMs) });
      await scene.call('PATCH', `/v1/stages/${id}`, { start_date: inMs(toMs) });
      const sql = scene.name(`moved ${what} by UPDATE`);
      const [row] = await scene.write<{ id: string }>(INSERT, [cluster.assignment, sql, fromMs]);
      await scene.write(PLAN, [row?.id, toMs]);
      late.push(scene.rung(http, 1), scene.rung(sql, 1));
    }
    return `${Math.max(...(await Promise.all(late)))} ms`;
  },
};

const BURST = 5000;

export const burst: Behaviour = {
  name: 'burst of 5,000',
  isLong: true,
  isAlone: true,
  async run(scene) {
    const name = scene.name('burst');
    await scene.cluster.stage(name, `now() + interval '2 s'`, 'NULL', BURST);
    return `${await scene.rung(name, BURST, scene.expected.burstMs)} ms`;
  },
};
