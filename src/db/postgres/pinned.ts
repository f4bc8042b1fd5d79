import { quoteIdentifier } from '../names.ts';
import type { Limits } from './limits.ts';

/**
 * What our argument and our parsers rest on. A role or a database may have other defaults, and they would
 * reach our connections: fence and gate hold under READ COMMITTED, the record is written by triggers, and
 * rows that are hidden would be rows that never ring.
 */
const PINNED: Readonly<Record<string, string>> = {
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // Rows that we may not see are then an error and not silence.
  row_security: 'off',
  // Batches side by side hear each other by notices.
  client_min_messages: 'notice',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // For the parsers of the driver, and for literals that the ORM writes.
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  array_nulls: 'on',
  // Compiling a plan takes longer than any of our statements runs.
  jit: 'off',
  // The plan that holds for any parameters is the right one for ours; those made for the first five executions
  // sort everything due where a table has no statistics yet.
  plan_cache_mode: 'force_generic_plan',
  // Each of our statements has its index; a plan that was made while the table was small would read it whole
  // when it is not. The other ways stay open, whatever the role says.
  enable_seqscan: 'off',
  enable_indexscan: 'on',
  enable_indexonlyscan: 'on',
  enable_bitmapscan: 'on',
  enable_nestloop: 'on',
  enable_hashjoin: 'on',
  enable_mergejoin: 'on',
  enable_hashagg: 'on',
  enable_sort: 'on',
  enable_material: 'on',
};

/**
 * A host that vanishes says nothing: its sessions, and what they hold, end when it has not answered for ten seconds.
 * For sessions alone: each of these is a call of the system. Of no effect on a socket of the same host.
 */
const VANISHED: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '5',
  tcp_user_timeout: '10000',
};

/**
 * One statement that puts everything into force. A setting that the server does not know is passed by
 * (`transaction_timeout` came with 17); session_replication_role needs a right, so it is touched only where it is wrong.
 * @param scope `session` lasts as long as the connection, `transaction` as long as the transaction
 */
export function pin(limits: Limits, searchPath: string | null, scope: 'session' | 'transaction'): string {
  const isLocal = scope === 'transaction';
  const settings = {
    ...PINNED,
    ...(isLocal ? {} : VANISHED),
    statement_timeout: String(limits.statementMs),
    lock_timeout: String(limits.lockMs),
    idle_in_transaction_session_timeout: String(limits.idleInTransactionMs),
    ...(searchPath === null ? {} : { search_path: searchPath }),
  };
  const all = Object.entries(settings).map(([name, value]) => {
    const set = `set_config('${name}', ${literal(value)}, ${isLocal})`;
    return name === 'transaction_timeout'
      ? `CASE WHEN current_setting('${name}', true) IS NOT NULL THEN ${set} END`
      : set;
  });
  const replication = `CASE WHEN current_setting('session_replication_role') <> 'origin'
    THEN set_config('session_replication_role', 'origin', ${isLocal}) END`;
  return `SELECT ${all.join(', ')}, ${replication}`;
}

/** Before everything else in a transaction that others' defaults would otherwise begin. */
export const READ_COMMITTED = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED';

/**
 * The deployment's schema first, so that nothing of the same name elsewhere is taken for ours; then what the role
 * has, for triggers that the platform hangs on our tables. pg_catalog stays before all of them by being left out.
 */
export function searchPathOf(schema: string, path: readonly string[]): string {
  const others = path.filter((name) => name !== schema && !name.startsWith('pg_'));
  return [schema, ...others, 'pg_temp'].map(quoteIdentifier).join(', ');
}

/** A value in the text of a statement, for where it cannot be sent beside it. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return literal(`{${value.map(element).join(',')}}`);
  const text = String(value).replaceAll("'", "''");
  return text.includes('\\') ? ` E'${text.replaceAll('\\', '\\\\')}'` : `'${text}'`;
}

const element = (value: unknown): string =>
  value === null || value === undefined ? 'NULL' : `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The statement with its values in its text. Literals and comments stay as they are. */
export function inlined(text: string, values: readonly unknown[]): string {
  return text.replaceAll(/'(?:[^']|'')*'|--[^\n]*|\/\*.*?\*\/|\$(\d+)/gs, (found, number?: string) =>
    number === undefined ? found : literal(values[Number(number) - 1]),
  );
}
