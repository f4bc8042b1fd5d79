import type { Names } from './names.ts';

const TABLES = ['record_gate', 'batch_slot', 'edit'];
/** Functions that only triggers and our own functions call. */
const OURS = [
  'stage_derive()',
  'stage_notify()',
  'assignment_touch()',
  'leadership_say()',
  'edit_record()',
  'edit_author()',
  'stage_say(text)',
  'shut_gate()',
];
const OTHERS = ['may_record()', 'refuse_strangers()', 'notify_queue_usage()'];

/**
 * By default everybody may execute a function, and could then attach one with its owner's rights to their own table.
 * Triggers fire without EXECUTE. Everything belongs to the owner of `stage`, whichever role migrates.
 */
export const rights = ({ s, table }: Names): string => `
DECLARE
  owner text;
BEGIN
  SELECT relowner::regrole::text INTO owner FROM pg_catalog.pg_class WHERE oid = ${table('stage')};
  IF owner <> current_user::regrole::text THEN
${TABLES.map((name) => `    EXECUTE 'ALTER TABLE ${s.replaceAll("'", "''")}.${name} OWNER TO ' || owner;`).join('\n')}
${[...OURS, ...OTHERS].map((name) => `    EXECUTE 'ALTER FUNCTION ${s.replaceAll("'", "''")}.${name} OWNER TO ' || owner;`).join('\n')}
  END IF;
END;
REVOKE ALL ON ${TABLES.map((name) => `${s}.${name}`).join(', ')} FROM PUBLIC;
REVOKE ALL ON FUNCTION ${OURS.map((name) => `${s}.${name}`).join(', ')} FROM PUBLIC;
`;
