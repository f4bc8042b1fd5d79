import { actorOf } from '../../access/caller.ts';
import type { KnownTrouble, Trouble } from '../../base/health.ts';
import { reconcile } from '../../commands/reconcile.ts';
import { readInstanceViews, readLockOnInstances } from '../../db/instances/view.ts';
import { readOverdue } from '../../db/leading/heartbeat.ts';
import { livingLeader, readLeadership } from '../../db/leading/leadership-row.ts';
import { iso, isoOrNull } from '../../domain/iso.ts';
import type { HttpOptions } from '../options.ts';
import { presentStuck, presentTrouble } from '../present.ts';
import { route } from '../route.ts';
import { becauseOf } from '../schema/input.ts';
import { reconciled, scheduler } from '../schema/output-service.ts';

const PART = 'instances';
/** Who holds the table of instances is known here before the instance has noticed. */
function withLock(troubles: readonly KnownTrouble[], lock: Trouble, nowMs: number): readonly KnownTrouble[] {
  const { sinceMs } = troubles.find(({ part }) => part === PART) ?? { sinceMs: nowMs };
  const known = { detail: '', isBlocking: false, ...lock, part: PART, sinceMs };
  return [...troubles.filter(({ part }) => part !== PART), known];
}

/** What this instance does, and who leads according to PostgreSQL. Any instance can be asked. */
export const schedulerRoutes = ({ db, clock, instance, view, metrics, log }: HttpOptions) => [
  route({
    method: 'get',
    path: '/v1/scheduler',
    operation: 'getScheduler',
    tag: 'Service',
    scope: 'read',
    summary: 'Who leads, what is armed here, what is overdue',
    responses: { 200: { description: 'As it is now.', body: scheduler } },
    problems: ['leadership_lost'],
    async handle() {
      const leadership = await readLeadership(db);
      const leader = livingLeader(leadership);
      const overdue = await readOverdue(db);
      const instances = await readInstanceViews(db, leader);
      const lock = instances === null ? await readLockOnInstances(db) : null;
      const troubles = lock === null ? view.troubles : withLock(view.troubles, lock, clock.wallMs());
      const { armed } = view;
      const body = {
        instance,
        role: view.role,
        leader:
          leader === null
            ? null
            : { instance: leader, epoch: leadership.epoch, since: isoOrNull(leadership.since?.getTime() ?? null) },
        armed: { instants: armed.instants, next_at: isoOrNull(armed.nextMs), last_at: isoOrNull(armed.lastMs) },
        // A round trip cannot tell more than a tenth of a millisecond.
        clock: { offset_ms: Math.round(view.clockOffsetMs * 10) / 10 },
        overdue,
        succession: { told_by: view.toldBy.toldBy, why: view.toldBy.why },
        degraded: troubles.map(({ part }) => part),
        troubles: troubles.map(presentTrouble),
        stuck: view.stuck.map((stage) => ({ ...presentStuck(stage), since: iso(stage.sinceMs) })),
        instances,
      };
      return { status: 200, body };
    },
  }),
  route({
    method: 'post',
    path: '/v1/scheduler/reconcile',
    operation: 'reconcile',
    tag: 'Service',
    scope: 'admin',
    summary: 'A sweep now, on any instance',
    body: becauseOf,
    mayLackBody: true,
    responses: { 200: { description: 'What was moved.', body: reconciled } },
    problems: ['leadership_lost'],
    async handle({ caller, body }) {
      // Without keys nobody is known by name.
      const by = actorOf(caller) ?? 'http';
      const { stuck, ...moved } = await reconcile(db, { instance, actor: by });
      metrics.swept(moved);
      log.info({ event: 'sweep', ...moved, stuck: stuck.length, actor: by, reason: body.reason }, 'swept by hand');
      return { status: 200, body: stuck.length === 0 ? moved : { ...moved, stuck: stuck.map(presentStuck) } };
    },
  }),
];
