import { blockerInWords, cureOf, readHoldersOfDue } from '../../db/blockers.ts';
import { findStuck } from '../../db/leading/stuck.ts';
import { readDue } from '../../db/read/due.ts';
import { type Check, type Finding, fail, ok, seconds } from './check.ts';
import type { Patient } from './patient.ts';

/** How many due stages are tried to find the cause. */
const MOST_TRIED = 1000;
/** What fell due more recently may still be moving. */
const ON_ITS_WAY_MS = 1000;

/** What is due but was not moved, and why. Each cause has its own cure; a sweep by hand is only one of them. */
export const overdue: Check = {
  name: 'overdue',
  needs: 'database',
  async run(patient) {
    const due = await readDue(patient.db);
    if (due.length === 0) return ok('overdue_none', 'nothing');
    const count = due.reduce((sum, one) => sum + one.count, 0);
    const lateMs = Math.max(...due.map(({ earliestMs, nowMs }) => nowMs - earliestMs));
    if (lateMs < ON_ITS_WAY_MS) return ok('overdue_moving', `${count} fell due within the last second`);
    return causeOf(patient, `${count} boundaries are due and not crossed, the earliest for ${seconds(lateMs)}`);
  },
};

async function causeOf(patient: Patient, what: string): Promise<Finding> {
  const { db, cannotWrite, waitedFor, leader, instances } = patient;
  if (cannotWrite !== null) return fail('overdue_unwritable', `${what}: ${cannotWrite.text}`, cannotWrite.cure);
  const blockers = waitedFor.size > 0 ? [...waitedFor.values()] : await readHoldersOfDue(db);
  if (blockers.length > 0) {
    const who = blockers.map(blockerInWords).join('; ');
    const how = waitedFor.size > 0 ? 'the advance waits for' : 'their rows are locked by';
    return fail(
      'overdue_locked',
      `${what}: ${how} ${who}`,
      `end it: ${cureOf(blockers)}; the stages then move within a quarter of a second`,
    );
  }
  const stuck = await findStuck(db, { most: MOST_TRIED }).catch(() => []);
  if (stuck.length > 0) {
    const [{ id, code, reason } = { id: '', code: '', reason: '' }] = stuck;
    const others = stuck.length === 1 ? '' : `, and ${stuck.length - 1} more`;
    return fail(
      'overdue_stuck',
      `${what}: the database refuses to change stage ${id}: ${reason} (${code})${others}`,
      'mend the row, the trigger or the constraint that the error names: the stage then moves within 10 s, or at once when its dates are edited',
    );
  }
  if (leader === null)
    return fail(
      'overdue_nobody_leads',
      `${what}: nobody leads`,
      'start an instance with ROLE=all or ROLE=clock, which catches up in order; or move them now with stagebell reconcile',
    );
  const said = instances.find(({ name }) => name === leader)?.troubles.filter(({ until }) => until === null) ?? [];
  const [trouble] = said;
  if (trouble !== undefined) {
    const { part, cause, detail, cure } = trouble;
    return fail(
      'overdue_trouble',
      `${what}: the leader ${leader} says ${part}: ${cause}${detail && ` (${detail})`}`,
      cure,
    );
  }
  return fail(
    'overdue_unmoved',
    `${what}: ${leader} leads, and nothing visible from here keeps it from moving them`,
    `move them now with stagebell reconcile; the log of ${leader} says why it did not (advance_failed)`,
  );
}
