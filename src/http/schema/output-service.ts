import { z } from 'zod';
import { shownId, shownInstant } from './output.ts';

/** What the service says about itself. */

const role = z.enum(['leader', 'follower', 'none']);
const parts = z.array(z.string()).meta({ description: 'The parts that are out of order here; empty is normal.' });

const trouble = z
  .strictObject({
    part: z.string(),
    cause: z.string(),
    cure: z.string(),
    since: shownInstant,
    detail: z.string().optional().meta({ description: 'What the driver or the system said.' }),
  })
  .meta({ id: 'Trouble' });

const reportedTrouble = z
  .strictObject({
    part: z.string(),
    cause: z.string(),
    cure: z.string(),
    detail: z.string(),
    isBlocking: z.boolean(),
    since: shownInstant,
    until: shownInstant.nullable().meta({ description: 'null: it still lasts.' }),
  })
  .meta({ id: 'ReportedTrouble' });

const stuckStage = {
  stage_id: shownId,
  code: z.string().meta({ description: 'The SQLSTATE, or kept: an update leaves the row as it was.' }),
  error: z.string().meta({ description: "The database's own words." }),
};
const stuckFound = z.strictObject(stuckStage).meta({ id: 'StuckStage' });
const stuckNow = z.strictObject({ ...stuckStage, since: shownInstant }).meta({ id: 'StuckStageSince' });

const instance = z
  .strictObject({
    name: z.string(),
    version: z.string(),
    role,
    host: z.string(),
    pid: z.int(),
    lease_ms: z.int(),
    settings: z
      .record(z.string(), z.union([z.string(), z.number(), z.null()]))
      .meta({ description: 'Settings that must be the same on all instances, by variable; no secrets.' }),
    clock: z.strictObject({ offset_ms: z.number().nullable() }),
    started_at: shownInstant,
    last_seen_at: shownInstant,
    troubles: z.array(reportedTrouble),
  })
  .meta({ id: 'Instance' });

export const scheduler = z
  .strictObject({
    instance: z.string().meta({ description: 'The instance that answers.' }),
    role,
    leader: z.strictObject({ instance: z.string(), epoch: z.int(), since: shownInstant.nullable() }).nullable().meta({
      description: 'The instance that holds the term; null: none does, or its heartbeat is older than three leases.',
    }),
    armed: z
      .strictObject({ instants: z.int(), next_at: shownInstant.nullable(), last_at: shownInstant.nullable() })
      .meta({ description: 'The timers of this instance; 0 unless it leads.' }),
    clock: z.strictObject({ offset_ms: z.number() }).meta({ description: "The database's clock minus this host's." }),
    overdue: z.int().meta({
      description: 'Boundaries that are due and not crossed; counted up to 10,000 starts and 10,000 ends.',
    }),
    succession: z
      .strictObject({ told_by: z.enum(['postgres', 'lease']), why: z.string().nullable() })
      .meta({ description: "How the leader's death would be noticed; why: the reason, if not at once." }),
    degraded: parts,
    troubles: z.array(trouble),
    stuck: z.array(stuckNow).meta({ description: 'Stages that this instance, while it leads, cannot move.' }),
    instances: z.array(instance).nullable().meta({
      description: 'Every live instance; null: this one has no right to read them, or somebody holds a lock on them.',
    }),
  })
  .meta({ id: 'Scheduler' });

export const reconciled = z
  .strictObject({
    activated: z.int(),
    completed: z.int(),
    stuck: z.array(stuckFound).optional().meta({ description: 'Stages that could not be moved, if any.' }),
  })
  .meta({ id: 'Reconciled' });

export const alive = z.strictObject({ status: z.literal('alive') }).meta({ id: 'Alive' });
export const ready = z.strictObject({ status: z.literal('ready'), degraded: parts }).meta({ id: 'Ready' });
export const unavailable = z
  .strictObject({ status: z.literal('unavailable'), reasons: z.array(z.string()).min(1) })
  .meta({ id: 'Unavailable' });

export type TroubleJson = z.output<typeof trouble>;
export type StuckStageJson = z.output<typeof stuckFound>;
