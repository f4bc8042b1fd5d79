import type pg from 'pg';

/**
 * The rows of a contender: as bare as they can be, so that nobody is measured by our indexes. A
 * history row is written with the clock of the database at that row, to the microsecond.
 */
const BARE = `
CREATE TABLE stage (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status text NOT NULL DEFAULT 'pending', due_at timestamptz(3) NOT NULL
);
CREATE TABLE transition (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, stage_id int NOT NULL, due_at timestamptz(3) NOT NULL,
  measured_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`;

/** Stagebell's own record keeps whole milliseconds, cut: it must not be favoured by what that hides. */
const MEASURED = 'ALTER TABLE transition ADD COLUMN measured_at timestamptz NOT NULL DEFAULT clock_timestamp()';

export async function createBareTables(client: pg.Client): Promise<void> {
  await client.query(BARE);
}

export async function measureStagebellTables(client: pg.Client): Promise<void> {
  await client.query(MEASURED);
}

/** `count` stages, the first due at `fromMs` and then one every `everyMs`; 0 = all at that instant. */
export interface Plan {
  count: number;
  fromMs: number;
  everyMs: number;
}

const DUES = `SELECT to_timestamp(($1::float8 + i * $2::float8) / 1000) AS at FROM generate_series(0, $3::int - 1) AS i`;

/** @returns the range of their ids */
export async function fillBare(client: pg.Client, { count, fromMs, everyMs }: Plan): Promise<[number, number]> {
  const { rows } = await client.query(
    `WITH added AS (INSERT INTO stage (due_at) SELECT at FROM (${DUES}) AS dues ORDER BY at RETURNING id)
     SELECT min(id) AS low, max(id) AS high FROM added`,
    [fromMs, everyMs, count],
  );
  return [rows[0].low, rows[0].high];
}

export async function addBare(client: pg.Client, duesMs: readonly number[]): Promise<[number, number]> {
  const { rows } = await client.query(
    `WITH added AS (INSERT INTO stage (due_at) SELECT to_timestamp(ms / 1000) FROM unnest($1::float8[]) AS ms RETURNING id)
     SELECT min(id) AS low, max(id) AS high FROM added`,
    [duesMs],
  );
  return [rows[0].low, rows[0].high];
}

/** Plain SQL, as any writer's. @param isQuiet past the triggers: nobody is told, and nothing is derived */
export async function fillStagebell(client: pg.Client, plan: Plan, isQuiet = false): Promise<void> {
  await client.query(`SET session_replication_role = ${isQuiet ? 'replica' : 'origin'}`);
  await client.query(
    `WITH a AS (INSERT INTO assignment (title) VALUES ('bench') RETURNING id)
     INSERT INTO stage (assignment_id, name, start_date) SELECT a.id, 'bench', at FROM a, (${DUES}) AS dues ORDER BY at`,
    [plan.fromMs, plan.everyMs, plan.count],
  );
  await client.query('SET session_replication_role = origin');
}

export async function addStagebell(client: pg.Client, duesMs: readonly number[]): Promise<void> {
  await client.query(
    `WITH a AS (INSERT INTO assignment (title) VALUES ('bench') RETURNING id)
     INSERT INTO stage (assignment_id, name, start_date)
     SELECT a.id, 'bench', to_timestamp(ms / 1000) FROM a, unnest($1::float8[]) AS ms`,
    [duesMs],
  );
}
