import { quoteIdentifier } from '../names.ts';
import type { Limits } from './limits.ts';

/**
 * Settings that correctness and our parsers depend on. A role or a database may have other defaults, which would apply
 * to our connections. The fence and the gate need READ COMMITTED, triggers must fire to write the record, and hidden
 * rows would never ring.
 */
const PINNED: Readonly<Record<string, string>> = {
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  // Rows that we may not see are then an error, instead of silently missing.
  row_security: 'off',
  // Batches side by side signal each other by notices.
  client_min_messages: 'notice',
  idle_session_timeout: '0',
  transaction_timeout: '0',
  // For the driver's parsers, and for literals that the ORM writes.
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  array_nulls: 'on',
  // Compiling a plan would take longer than any of our statements.
  jit: 'off',
  // A generic plan is right for our statements. The custom plans of the first five executions would sort everything due
  // if a table has no statistics yet.
  plan_cache_mode: 'force_generic_plan',
  // Each of our statements has its index. A plan made while the table was small would still read the whole table when
  // it has grown. All other methods stay on, whatever the role says.
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
 * A host that vanishes does not say so: its sessions, and what they hold, end after ten seconds without an answer. Set
 * only per session, because each of these is a system call. They have no effect on a Unix socket.
 */
const VANISHED: Readonly<Record<string, string>> = {
  tcp_keepalives_idle: '5',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '5',
  tcp_user_timeout: '10000',
};

/**
 * One statement that puts everything into force. It skips `transaction_timeout` if the server does not know it (it came
 * with 17). session_replication_role needs a right, so it is set only if it is wrong.
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

/** First in a transaction, which would otherwise begin with the defaults of the role or the database. */
export const READ_COMMITTED = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED';

/**
 * The deployment's schema comes first, so that nothing of the same name elsewhere is taken for ours. Then the role's
 * own path, for triggers that the platform attaches to our tables. pg_catalog is left out, so it stays before all of
 * them.
 */
export function searchPathOf(schema: string, path: readonly string[]): string {
  const others = path.filter((name) => name !== schema && !name.startsWith('pg_'));
  return [schema, ...others, 'pg_temp'].map(quoteIdentifier).join(', ');
}

/** A value as SQL text, for when it cannot be sent as a parameter. */
export function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return literal(`{${value.map(element).join(',')}}`);
  const text = String(value).replaceAll("'", "''");
  return text.includes('\\') ? ` E'${text.replaceAll('\\', '\\\\')}'` : `'${text}'`;
}

const element = (value: unknown): string =>
  value === null || value === undefined ? 'NULL' : `"${String(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** The statement with its parameters replaced by literals. Literals and comments in it stay unchanged. */
export function inlined(text: string, values: readonly unknown[]): string {
  return text.replaceAll(/'(?:[^']|'')*'|--[^\n]*|\/\*.*?\*\/|\$(\d+)/gs, (found, number?: string) =>
    number === undefined ? found : literal(values[Number(number) - 1]),
  );
}
