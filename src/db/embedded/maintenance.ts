import type { Clock } from '../../base/clock.ts';
import type { EmbeddedClient } from './client.ts';

/** With this much WAL a checkpoint is worth while; with that much it is needed even while bells ring. */
const CHECKPOINT_BYTES = 16 << 20;
const CHECKPOINT_AT_LAST_BYTES = 256 << 20;
/** A checkpoint writes at most 128 MB, and needs this much time without bells. */
const CHECKPOINT_QUIET_MS = 5000;
/**
 * Nothing counts dead rows here, so the amount written stands for them: at least this much, and this share of the
 * tables.
 */
const VACUUM_BYTES = 4 << 20;
const VACUUM_SHARE = 0.2;
const VACUUM_EVERY_MS = 86_400_000;
/** How fast VACUUM reads a table, at worst. */
const VACUUM_BYTES_PER_MS = 20_000;
const QUIET_AFTER_MS = 2000;

const LOG = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn)::float8 AS since_checkpoint,
  pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS position FROM pg_control_checkpoint()`;
const TABLES = `SELECT quote_ident(c.relname) AS name, pg_total_relation_size(c.oid)::float8 AS bytes
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY bytes`;

/**
 * Does what PostgreSQL's background processes do elsewhere: checkpoints, vacuum, statistics. It does so when nothing is
 * due, because a bell would have to wait for it.
 */
export class Maintenance {
  readonly #client: EmbeddedClient;
  readonly #clock: Clock;
  #isRunning = false;
  /** The WAL position and the time of the last vacuum. */
  #vacuumed: { position: number; atMs: number } | null = null;

  constructor(client: EmbeddedClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @param quietMs how long nothing is due from now on */
  async look(quietMs: number): Promise<void> {
    if (this.#isRunning || !this.#client.isOpen) return;
    this.#isRunning = true;
    const untilMs = this.#clock.monoMs() + quietMs;
    try {
      const [log] = (await this.#client.query(LOG)).rows as { since_checkpoint: number; position: number }[];
      if (log === undefined) return;
      await this.#vacuum(log.position, untilMs);
      const isQuiet = untilMs - this.#clock.monoMs() > CHECKPOINT_QUIET_MS;
      const least = isQuiet ? CHECKPOINT_BYTES : CHECKPOINT_AT_LAST_BYTES;
      if (log.since_checkpoint > least) await this.makeRoom();
    } finally {
      this.#isRunning = false;
    }
  }

  /** A checkpoint, after which PostgreSQL frees old WAL. */
  async makeRoom(): Promise<void> {
    await this.#client.exec('CHECKPOINT').catch(() => {});
  }

  async #vacuum(position: number, untilMs: number): Promise<void> {
    const nowMs = this.#clock.monoMs();
    this.#vacuumed ??= { position, atMs: nowMs };
    const { position: before, atMs } = this.#vacuumed;
    const isOld = nowMs - atMs >= VACUUM_EVERY_MS;
    if (position - before < VACUUM_BYTES && !isOld) return;
    const tables = (await this.#client.query(TABLES)).rows as { name: string; bytes: number }[];
    const size = tables.reduce((sum, { bytes }) => sum + bytes, 0);
    if (position - before < VACUUM_SHARE * size && !isOld) return;
    for (const { name, bytes } of tables) {
      if (this.#clock.monoMs() + bytes / VACUUM_BYTES_PER_MS + QUIET_AFTER_MS > untilMs) return;
      await this.#client.exec(`VACUUM (ANALYZE) public.${name}`);
    }
    this.#vacuumed = { position, atMs: nowMs };
  }
}
