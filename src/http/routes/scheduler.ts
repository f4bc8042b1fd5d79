import { actorOf } from '../../access/caller.ts';
import { reconcile } from '../../commands/reconcile.ts';
import { readInstanceViews } from '../../db/instances/view.ts';
import { readOverdue } from '../../db/leading/heartbeat.ts';
import { livingLeader, readLeadership } from '../../db/leading/leadership-row.ts';
import { iso, isoOrNull } from '../../domain/iso.ts';
import type { HttpOptions } from '../options.ts';
import { presentStuck, presentTrouble } from '../present.ts';
import { route } from '../route.ts';
import { becauseOf } from '../schema/input.ts';
import { reconciled, scheduler } from '../schema/output-service.ts';

/** What this instance does, and who leads according to PostgreSQL. Any instance can be asked. */
export const schedulerRoutes = ({ db, instance, view, metrics, log }: HttpOptions) => [
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
        degraded: view.troubles.map(({ part }) => part),
        troubles: view.troubles.map(presentTrouble),
        stuck: view.stuck.map((stage) => ({ ...presentStuck(stage), since: iso(stage.sinceMs) })),
        instances: await readInstanceViews(db, leader),
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
