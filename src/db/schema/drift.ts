import type { Trouble } from '../../base/health.ts';
import type { Queryable } from '../database.ts';
import { OUTSTANDING } from '../outstanding.ts';
import { createIndex, IS_BUILDING, LATER_INDEXES } from './later-indexes.ts';

/** Something about our tables that differs from what the migrations made. */
export interface Drift {
  what: 'table' | 'column' | 'trigger' | 'disabled' | 'index' | 'owner' | 'sequence';
  table: string;
  /** The name of the column, trigger or index; otherwise of the table. */
  name: string;
}

/** Of each table of ours. The rest of a table belongs to its users. */
export const COLUMNS: Readonly<Record<string, string>> = {
  assignment: 'id title time_zone version created_at updated_at external_id description metadata',
  stage:
    'id assignment_id name position start_date end_date status version created_at updated_at external_id description metadata',
  transition: 'id stage_id assignment_id from_status to_status due_at occurred_at cause instance term actor role',
  leadership: 'epoch nonce instance since heartbeat_at lease_ms deployment alive_epoch backend',
  term: 'epoch instance started_at ended_at ended_by',
  instance: 'id name version role lease_ms settings host pid clock_offset_ms troubles started_at seen_at',
  edit: 'stage_ids assignment_ids from_statuses to_statuses due_ats instance actor pass statement',
  change: 'statement n stage_id assignment_id action was became changed_at batch instance actor role reason',
  change_commit: 'number statement',
  record_pruned: 'up_to n pruned_at',
  record_consumer: 'name read_to seen_at',
  alert: 'id kind subject severity cause cure detail raised_at raised_by resolved_at resolved_by',
  alert_event: 'number type alert at',
  api_key: 'id name scope sha256 created_at created_by expires_at last_used_at revoked_at',
  idempotency: 'caller key route request status headers answer created_at',
  calendar_token: 'id name assignment_id sha256 created_at created_by last_used_at revoked_at',
  webhook:
    'id url description types assignment_id stage_id secret previous_secret previous_until state state_reason state_since read_to read_n replay_to replay_n resume_to resume_n failures failing_since retry_at owner owned_until version created_at updated_at',
  webhook_delivery:
    'id webhook_id number n type about body state attempts first_attempt_at next_attempt_at status answer error took_ms log created_at done_at',
  batch_slot: 'number',
  record_gate: '',
  change_gate: '',
};
const TRIGGERS_OF: Readonly<Record<string, string>> = {
  stage:
    'stage_derive_on_insert stage_derive_on_update stage_notify_insert stage_notify_update stage_notify_delete stage_notify_truncate stage_change_truncate',
  assignment:
    'assignment_touch_on_insert assignment_touch assignment_change_insert assignment_change_update assignment_change_delete assignment_change_truncate',
  edit: 'edit_record',
  transition: 'record_truncate',
  change: 'edit_record',
  leadership: 'leadership_say',
  api_key: 'api_key_say',
};
const INDEXES: Readonly<Record<string, string>> = {
  assignment_by_age: 'assignment (created_at, id)',
  stage_of_assignment: 'stage (assignment_id, position)',
  stage_by_start: 'stage (status, start_date, id)',
  stage_by_end: `stage (end_date, id) WHERE ${OUTSTANDING.end_date}`,
  transition_of_stage: 'transition (stage_id, id)',
  change_of_stage: 'change (stage_id)',
  idempotency_by_age: 'idempotency (created_at)',
  change_of_assignment: 'change (assignment_id)',
  change_from_assignment:
    "change ((was ->> 'assignment_id')) WHERE stage_id IS NOT NULL AND action = 'edited' AND (was ->> 'assignment_id') IS NOT NULL",
  alert_by_kind: 'alert (kind, subject, resolved_at)',
  alert_by_age: 'alert (raised_at, id)',
  webhook_delivery_open: "webhook_delivery (webhook_id, state, number, n) WHERE state <> 'succeeded'",
  ...Object.fromEntries(Object.entries(LATER_INDEXES).map(([name, { on }]) => [name, on])),
};
const INDEXED = Object.values(INDEXES).map((definition) => definition.split(' ', 1)[0]);

/** The rights that functions with their owner's rights need. */
const RIGHTS: Readonly<Record<string, string>> = {
  transition: 'INSERT',
  edit: 'INSERT DELETE',
  record_gate: 'UPDATE',
  change: 'INSERT',
  change_commit: 'INSERT',
  change_gate: 'UPDATE',
  alert: 'SELECT INSERT UPDATE',
  alert_event: 'INSERT',
  batch_slot: 'SELECT UPDATE',
};

/** As two arrays of the same length, for unnest. */
const pairs = (lists: Readonly<Record<string, string>>): [string[], string[]] => {
  const all = Object.entries(lists).flatMap(([table, names]) => names.split(' ').map((name) => [table, name] as const));
  const named = all.filter(([, name]) => name !== '');
  return [named.map(([table]) => table), named.map(([, name]) => name)];
};

/** The triggers that we depend on: a list of tables, and a list of their names. */
export const TRIGGERS = pairs(TRIGGERS_OF);

const IDS = `pg_get_serial_sequence(quote_ident(current_schema()) || '.transition', 'id')::regclass`;
const STATEMENTS = `to_regclass('change_statement_seq')`;
const SCHEMA = '(SELECT oid FROM pg_namespace WHERE nspname = current_schema())';

// Reads catalogs, and only the last row of the record. It waits for no lock but ACCESS EXCLUSIVE on the record.
const DRIFT = {
  name: 'drift',
  text: `WITH ours AS (
    SELECT oid, relname::text AS tab FROM pg_class WHERE relnamespace = ${SCHEMA} AND relkind IN ('r', 'p')
  )
  SELECT 'table' AS what, wanted AS table, wanted AS name FROM unnest($1::text[]) AS wanted WHERE wanted NOT IN (SELECT tab FROM ours)
  UNION ALL
  SELECT 'column', tab, col FROM unnest($2::text[], $3::text[]) AS wanted (tab, col) JOIN ours USING (tab)
  WHERE NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = ours.oid AND attname = col AND NOT attisdropped)
  UNION ALL
  SELECT CASE WHEN tgname IS NULL THEN 'trigger' ELSE 'disabled' END, tab, trig
  FROM unnest($4::text[], $5::text[]) AS wanted (tab, trig) JOIN ours USING (tab)
  LEFT JOIN pg_trigger ON tgrelid = ours.oid AND tgname = trig WHERE (tgenabled IN ('O', 'A')) IS NOT TRUE
  UNION ALL
  SELECT 'index', tab, idx FROM unnest($6::text[], $7::text[]) AS wanted (tab, idx) JOIN ours USING (tab)
  WHERE NOT EXISTS (SELECT FROM pg_index JOIN pg_class i ON i.oid = indexrelid
    WHERE indrelid = ours.oid AND i.relname = idx AND indisvalid AND indisready)
    AND NOT (idx = ANY ($10::text[]) AND ${IS_BUILDING})
  UNION ALL
  SELECT DISTINCT 'owner', tab, pg_get_userbyid(proowner)::text
  FROM unnest($8::text[], $9::text[]) AS wanted (tab, privilege) JOIN ours USING (tab)
  JOIN pg_proc ON pronamespace = ${SCHEMA} AND prosecdef AND proname IN ('edit_record', 'batch_gate')
  WHERE NOT has_table_privilege(proowner, ours.oid, privilege)
  UNION ALL
  SELECT 'sequence', 'transition', 'id' FROM ours WHERE tab = 'transition' AND has_sequence_privilege(${IDS}, 'USAGE, SELECT')
    AND coalesce(pg_sequence_last_value(${IDS}), 0) < greatest((SELECT max(id) FROM transition), (SELECT max(number) FROM change_commit), (SELECT max(number) FROM alert_event), (SELECT up_to FROM record_pruned))
  UNION ALL
  SELECT 'sequence', 'change', 'statement' FROM ours WHERE tab = 'change' AND has_sequence_privilege(${STATEMENTS}, 'USAGE, SELECT')
    AND coalesce(pg_sequence_last_value(${STATEMENTS}), 0) < (SELECT max(statement) FROM change)`,
};

/** How our tables differ from what the migrations made. Touches no row of `stage`. */
export function readDrift(db: Queryable): Promise<Drift[]> {
  const values = [
    Object.keys(COLUMNS),
    ...pairs(COLUMNS),
    ...TRIGGERS,
    INDEXED,
    Object.keys(INDEXES),
    ...pairs(RIGHTS),
    Object.keys(LATER_INDEXES),
  ];
  return db.query<Drift>(DRIFT, values);
}

const RESTORE = 'rename it back if it was renamed, otherwise restore the schema from a backup';
const WORDS: Record<Drift['what'], (drift: Drift) => [cause: string, cure: string]> = {
  table: ({ table }) => [`the table ${table} is missing`, RESTORE],
  column: ({ table, name }) => [`the column ${table}.${name} is missing`, RESTORE],
  trigger: ({ table, name }) => [`the trigger ${name} on ${table} is missing`, RESTORE],
  disabled: ({ table, name }) => [
    `the trigger ${name} on ${table} is disabled`,
    `ALTER TABLE ${table} ENABLE TRIGGER ${name}`,
  ],
  index: ({ name }) => [
    `the index ${name} is missing or invalid`,
    `DROP INDEX IF EXISTS ${name}; ${name in LATER_INDEXES ? createIndex(name, 'CONCURRENTLY ') : `CREATE INDEX CONCURRENTLY ${name} ON ${INDEXES[name]}`}`,
  ],
  owner: ({ table, name }) => [
    `the role ${name}, which owns the functions of Stagebell, has no rights on ${table}`,
    `ALTER TABLE ${table} OWNER TO ${name}, or give the functions to the owner of the tables (REASSIGN OWNED)`,
  ],
  sequence: () => ['the ids of the record have fallen behind the record', 'SELECT mend_record_ids()'],
};

/** What it costs and how to mend it; null if there is no drift. */
export function driftInWords(drifts: readonly Drift[]): Trouble | null {
  if (drifts.length === 0) return null;
  const words = drifts.map((drift) => WORDS[drift.what](drift));
  return {
    cause: `tables of Stagebell were changed, so bells may be late or edits may fail: ${words.map(([cause]) => cause).join(', ')}`,
    cure: [...new Set(words.map(([, cure]) => cure))].join('; '),
  };
}
