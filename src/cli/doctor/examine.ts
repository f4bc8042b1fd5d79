import { withTimeout } from '../../base/clock.ts';
import { messageOf, StagebellError } from '../../base/errors.ts';
import { hasState } from '../../base/sqlstate.ts';
import { troubleOf } from '../../db/troubles.ts';
import { type Check, type Finding, fail } from './check.ts';
import type { Patient } from './patient.ts';

/** How long one check may take. Its statements give up a little earlier. */
const PATIENCE_MS = 5000;
export const STATEMENT_MS = 3000;
/** A statement that takes longer may be waiting for a lock: time to find out who holds it. */
const SUSPICIOUS_MS = 700;

/** What the check found, or why it could not find out. Never rejects and never takes long. */
export async function examine(check: Check, patient: Patient): Promise<Finding[]> {
  const { clock } = patient;
  const isOver = new AbortController();
  const asking = clock.sleep(SUSPICIOUS_MS, isOver.signal).then(() => {
    if (!isOver.signal.aborted && check.needs === 'database') return patient.lookForBlockers();
  });
  try {
    const tooLong = () => new StagebellError('timeout', 503, `no answer within ${PATIENCE_MS / 1000} s`);
    const found = await withTimeout(clock, check.run(patient), PATIENCE_MS, tooLong);
    return Array.isArray(found) ? found : [found];
  } catch (error) {
    return [failureOf(check, error, patient)];
  } finally {
    isOver.abort();
    await asking;
  }
}

function failureOf({ name }: Check, error: unknown, { waitedFor }: Patient): Finding {
  const code = (error as { code?: string } | null)?.code ?? '';
  const isWaiting =
    waitedFor.size > 0 &&
    (hasState(error, 'cancelled', 'lockNotAvailable') || code === 'timeout' || code === 'database_unavailable');
  if (isWaiting) return fail(`${name}_blocked`, 'somebody holds a lock that this check needs', 'see "locks"');
  const trouble = troubleOf(error);
  if (trouble !== null) {
    const { cause, detail, cure } = trouble;
    return fail(`${name}_failed`, detail ? `${cause} (${detail})` : cause, cure);
  }
  // Errors of our own say in their message how to mend it.
  const cure = error instanceof StagebellError ? 'do as the message says' : 'see what the database says about it';
  return fail(`${name}_failed`, messageOf(error), cure);
}
