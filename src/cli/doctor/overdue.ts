import { blockerInWords, cureOf, readHoldersOfDue } from '../../db/blockers.ts';
import { findStuck } from '../../db/leading/stuck.ts';
import { readDue } from '../../db/read/due.ts';
import { type Check, type Finding, fail, ok, seconds } from './check.ts';
import type { Patient } from './patient.ts';

/** Of what is due, tried for a cause. */
const MOST_TRIED = 1000;
/** What is younger may be on its way. */
const ON_ITS_WAY_MS = 1000;

/** What is due and was not moved, and why: each cause has its own cure, and only one of them is a sweep by hand. */
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
      `end it: ${cureOf(blockers)}; they move within a quarter of a second`,
    );
  }
  const stuck = await findStuck(db, { most: MOST_TRIED }).catch(() => []);
  if (stuck.length > 0) {
    const [{ id, code, reason } = { id: '', code: '', reason: '' }] = stuck;
    const others = stuck.length === 1 ? '' : `, and ${stuck.length - 1} more`;
    return fail(
      'overdue_stuck',
      `${what}: the database refuses to change stage ${id}: ${reason} (${code})${others}`,
      'mend the row, the trigger or the constraint that it names: it moves within 10 s, at once after an edit of its dates',
    );
  }
  if (leader === null)
    return fail(
      'overdue_nobody_leads',
      `${what}: nobody leads`,
      'start an instance with ROLE=all or clock, which catches up in order; at once and without one: stagebell reconcile',
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
    `${what}: ${leader} leads, and nothing that can be seen from here keeps it from moving them`,
    `stagebell reconcile moves them now; the log of ${leader} says why it did not (advance_failed)`,
  );
}
