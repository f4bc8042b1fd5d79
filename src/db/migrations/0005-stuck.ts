import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier, UNRECORDED } from '../names.ts';

/**
 * Finds the rows that make an advance fail. Each is moved as the advance would move it, in a sub-transaction of its own
 * that is always rolled back. Nothing of it stays, so it needs neither the fence nor the gate, and any role that may
 * move stages may call it.
 */
export class Stuck extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    this.addSql(`DO $script$ BEGIN ${stuck(quoteIdentifier(String(row?.['name'])))} END $script$`);
  }
}

/** A time limit of its own, so that one row that waits for a lock, or sleeps, does not hold up the answer. */
const MOST_MS = 500;

const stuck = (s: string): string => `
-- One row for each stage that cannot be moved, and last one without an id that says how many were tried.
-- Columns have their table's name before them, because users may add some that are called like our variables.
CREATE FUNCTION ${s}.stage_try(ids uuid[]) RETURNS TABLE (stuck uuid, code text, reason text) LANGUAGE plpgsql
SET lock_timeout = '100ms' AS $$
#variable_conflict use_variable
DECLARE
  v_began timestamptz := clock_timestamp();
  v_tried integer := 0;
  v_id uuid;
  v_now timestamptz;
  v_assignment uuid;
  v_status text;
  v_becomes text;
  v_start timestamptz;
  v_end timestamptz;
  v_is_cancelled boolean := false;
BEGIN
  -- Not a SET of the function: only a superuser may store a setting of ours with one.
  PERFORM set_config('stagebell.advance', 'on', true);
  FOREACH v_id IN ARRAY ids LOOP
    v_now := clock_timestamp();
    EXIT WHEN v_is_cancelled OR v_now > v_began + interval '${MOST_MS} ms';
    v_tried := v_tried + 1;
    BEGIN
      SELECT stage.assignment_id, stage.status, stage.start_date, stage.end_date INTO v_assignment, v_status, v_start, v_end
      FROM ${s}.stage WHERE stage.id = v_id FOR UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        IF EXISTS (SELECT FROM ${s}.stage WHERE stage.id = v_id) THEN
          stuck := v_id; code := 'locked'; reason := 'somebody holds the row'; RETURN NEXT;
        END IF;
        CONTINUE;
      END IF;
      -- Not due any more: somebody has moved it, or its dates.
      CONTINUE WHEN NOT (v_status = 'pending' AND v_start <= v_now OR v_status IN ('pending', 'active') AND v_end <= v_now)
        OR v_start IS NULL;
      UPDATE ${s}.stage SET status = ${s}.stage_status(v_start, v_end, v_now), version = stage.version % 2147483647 + 1, updated_at = v_now
      WHERE stage.id = v_id RETURNING stage.status INTO v_becomes;
      IF NOT FOUND OR v_becomes <> ${s}.stage_status(v_start, v_end, v_now) THEN RAISE EXCEPTION 'a trigger, a rule or a policy on the table keeps the row as it is'; END IF;
      INSERT INTO ${s}.transition (stage_id, assignment_id, from_status, to_status, due_at, occurred_at, cause)
      SELECT v_id, v_assignment, step.was, step.becomes, step.due, date_trunc('milliseconds', clock_timestamp()), 'sweep'
      FROM (VALUES ('pending', 'active', v_start, v_status = 'pending'), ('active', 'completed', v_end, v_end <= v_now))
        AS step (was, becomes, due, is_taken)
      WHERE step.is_taken;
      IF NOT FOUND THEN RAISE EXCEPTION '${UNRECORDED}'; END IF;
      -- What waits for COMMIT to complain complains now.
      SET CONSTRAINTS ALL IMMEDIATE;
      RAISE SQLSTATE 'SB000';
    EXCEPTION
      WHEN SQLSTATE 'SB000' THEN NULL;
      WHEN query_canceled THEN
        v_is_cancelled := true;
        stuck := v_id; code := SQLSTATE; reason := 'it takes longer than the time that a statement has'; RETURN NEXT;
      WHEN OTHERS OR assert_failure THEN
        stuck := v_id; code := SQLSTATE; reason := SQLERRM; RETURN NEXT;
    END;
  END LOOP;
  PERFORM set_config('stagebell.advance', 'off', true);
  stuck := NULL; code := NULL; reason := v_tried::text; RETURN NEXT;
END
$$;
`;
