import type { Names } from './names.ts';

/**
 * What the triggers derive for every writer: the status, and the columns that only we set. They name our columns one by
 * one, never a whole row, because users add columns of types that cannot be compared (json, point, xml), and generated
 * ones. Their conditions also avoid columns whose type users may change.
 */

/**
 * The advance identifies itself by a setting. Anybody can set it, so it works only for roles that may write the record.
 */
export const notAdvancing = ({ table }: Names): string =>
  `(current_setting('stagebell.advance', true) = 'on' AND has_table_privilege(${table('transition')}, 'INSERT')) IS NOT TRUE`;

/** A new row has version 1 and the present time. Defaults give it these, and then the trigger has nothing to do. */
const IS_NEW = `NEW.version = 1
    AND NEW.created_at BETWEEN transaction_timestamp() - interval '1 ms' AND clock_timestamp() + interval '1 ms'
    AND NEW.updated_at BETWEEN transaction_timestamp() - interval '1 ms' AND clock_timestamp() + interval '1 ms'`;

const row = (record: 'OLD' | 'NEW', columns: readonly string[]): string =>
  `(${columns.map((column) => `${record}.${column}`).join(', ')})`;
const differ = (columns: readonly string[]): string => `${row('NEW', columns)} IS DISTINCT FROM ${row('OLD', columns)}`;

export const STAGE_EDITED = ['assignment_id', 'name', 'position', 'start_date', 'end_date', 'status'];
export const ASSIGNMENT_EDITED = ['id', 'title', 'time_zone'];

/** After the highest version comes 1 again. If it could not grow, the row could no longer be updated. */
const NEXT_VERSION = 'greatest(OLD.version, 0) % 2147483647 + 1';

/** The columns that only we set, in a new row. */
const BEGIN_COUNTING = `NEW.version := 1;
    NEW.created_at := clock_timestamp();
    NEW.updated_at := NEW.created_at;
    RETURN NEW;`;
/** The same in an updated row, if one of these columns has changed. */
const goOnCounting = (edited: readonly string[]): string => `NEW.created_at := OLD.created_at;
  IF ${differ(edited)} THEN
    NEW.version := ${NEXT_VERSION};
    NEW.updated_at := clock_timestamp();
  ELSE
    NEW.version := OLD.version;
    NEW.updated_at := OLD.updated_at;
  END IF;
  RETURN NEW;`;

/** @param edited the columns whose change raises the version */
export const stageDerive = (s: string, edited: readonly string[]): string => `
CREATE OR REPLACE FUNCTION ${s}.stage_derive() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.status := ${s}.stage_status(NEW.start_date, NEW.end_date, clock_timestamp());
    ${BEGIN_COUNTING}
  END IF;
  IF NEW.id <> OLD.id THEN
    RAISE feature_not_supported USING MESSAGE = 'the id of a stage cannot be changed: its record is kept under it',
      HINT = 'Insert a new stage and delete this one.';
  END IF;
  -- An edit of the name alone leaves the status as it is: what is due is the leader's to move, and
  -- re-deriving here could take back a transition after a backward step of the clock.
  IF ${differ(['start_date', 'end_date', 'status'])} THEN
    NEW.status := ${s}.stage_status(NEW.start_date, NEW.end_date, clock_timestamp());
  END IF;
  ${goOnCounting(edited)}
END
$fn$;
`;

/** @param edited the columns whose change raises the version */
export const assignmentTouch = (s: string, edited: readonly string[]): string => `
CREATE OR REPLACE FUNCTION ${s}.assignment_touch() RETURNS trigger LANGUAGE plpgsql AS $fn$
BEGIN
  IF TG_OP = 'INSERT' THEN
    ${BEGIN_COUNTING}
  END IF;
  IF NEW.id <> OLD.id THEN
    RAISE feature_not_supported USING MESSAGE = 'the id of an assignment cannot be changed: its record is kept under it',
      HINT = 'Insert a new assignment, move the stages to it and delete this one.';
  END IF;
  ${goOnCounting(edited)}
END
$fn$;
`;

export const rule = (names: Names): string => {
  const { s } = names;
  return `${stageDerive(s, STAGE_EDITED)}
-- clock_timestamp and not the statement's time: a statement that waited for a row lock must not
-- judge by the moment at which it began to wait.
CREATE OR REPLACE TRIGGER stage_derive_on_insert BEFORE INSERT ON ${s}.stage FOR EACH ROW
  WHEN ((NEW.status = ${s}.stage_status(NEW.start_date, NEW.end_date, clock_timestamp()) AND ${IS_NEW}) IS NOT TRUE)
  EXECUTE FUNCTION ${s}.stage_derive();
CREATE OR REPLACE TRIGGER stage_derive_on_update BEFORE UPDATE ON ${s}.stage FOR EACH ROW
  WHEN (${notAdvancing(names)})
  EXECUTE FUNCTION ${s}.stage_derive();
${assignmentTouch(s, ASSIGNMENT_EDITED)}
CREATE OR REPLACE TRIGGER assignment_touch_on_insert BEFORE INSERT ON ${s}.assignment FOR EACH ROW
  WHEN ((${IS_NEW}) IS NOT TRUE) EXECUTE FUNCTION ${s}.assignment_touch();
CREATE OR REPLACE TRIGGER assignment_touch BEFORE UPDATE ON ${s}.assignment FOR EACH ROW
  EXECUTE FUNCTION ${s}.assignment_touch();
`;
};
