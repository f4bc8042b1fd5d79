import { activateStage } from '../../../src/commands/activate-stage.ts';
import { completeStage } from '../../../src/commands/complete-stage.ts';
import { createAssignment } from '../../../src/commands/create-assignment.ts';
import { deleteStage } from '../../../src/commands/delete-stage.ts';
import { editStage } from '../../../src/commands/edit-stage.ts';
import type { Writer } from '../../../src/commands/transact.ts';
import type { StageDates } from '../../../src/domain/stage.ts';
import type { DateEdit } from './edit.ts';
import type { SimulatedDatabase } from './simulated-database.ts';
import type { SimulatedPostgres } from './simulated-postgres.ts';

/** The two ways in: the commands behind the API, and plain SQL. Both do what they are told, or throw. */
export interface Way {
  create(title: string, stages: readonly StageDates[]): Promise<void>;
  /** @param dates as they will be */
  edit(edit: DateEdit, id: string, dates: StageDates): Promise<void>;
  /** Whether what was asked for last is in the database, whatever its caller was told. */
  hasCommitted(): boolean;
}

export function throughCommands(writer: Writer & { database: SimulatedDatabase }): Way {
  const { commits } = writer.database;
  return {
    hasCommitted: () => writer.database.commits > commits,
    async create(title, stages) {
      const named = stages.map((dates, i) => ({ name: `${title}.${i}`, ...dates }));
      await createAssignment(writer, { title, timeZone: 'UTC', stages: named });
    },
    async edit(edit, id, dates) {
      switch (edit.kind) {
        case 'activate':
          await activateStage(writer, id, null);
          break;
        case 'complete':
          await completeStage(writer, id, null);
          break;
        case 'delete':
          await deleteStage(writer, id, null);
          break;
        case 'rename':
          await editStage(writer, id, { name: 'renamed', position: 7 }, null);
          break;
        default:
          await editStage(writer, id, dates, null);
      }
    },
  };
}

const at = (parameter: string): string => `to_timestamp(${parameter}::float8 / 1000)`;

export function throughSql(server: SimulatedPostgres): Way {
  let hasCommitted = false;
  return {
    hasCommitted: () => hasCommitted,
    async create(title, stages) {
      await server.execute(
        `WITH a AS (INSERT INTO assignment (title) VALUES ($1) RETURNING id)
         INSERT INTO stage (assignment_id, name, position, start_date, end_date)
         SELECT a.id, $1 || '.' || n, n, ${at('start')}, ${at('ending')}
         FROM a, unnest($2::float8[], $3::float8[]) WITH ORDINALITY AS s (start, ending, n) ORDER BY n`,
        [title, stages.map(({ startMs }) => startMs), stages.map(({ endMs }) => endMs)],
      );
      hasCommitted = true;
    },
    async edit(edit, id, { startMs, endMs }) {
      switch (edit.kind) {
        case 'delete':
          await server.execute('DELETE FROM stage WHERE id = $1', [id]);
          break;
        case 'rename':
          await server.execute(`UPDATE stage SET name = 'renamed' WHERE id = $1`, [id]);
          break;
        case 'status':
          // Whatever somebody writes there, the rule decides.
          await server.execute(
            `UPDATE stage SET status = CASE status WHEN 'pending' THEN 'completed' ELSE 'pending' END WHERE id = $1`,
            [id],
          );
          break;
        default:
          await server.execute(`UPDATE stage SET start_date = ${at('$2')}, end_date = ${at('$3')} WHERE id = $1`, [
            id,
            startMs,
            endMs,
          ]);
      }
      hasCommitted = true;
    },
  };
}
