import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier, quoteLiteral } from '../names.ts';
import type { Names } from './0003-any-deployment/names.ts';
import { assignments } from './0007-changes/assignments.ts';
import { columns } from './0007-changes/columns.ts';
import { commit } from './0007-changes/commit.ts';
import { counting } from './0007-changes/counting.ts';
import { indexes } from './0007-changes/indexes.ts';
import { mend } from './0007-changes/mend.ts';
import { pulse } from './0007-changes/pulse.ts';
import { rights } from './0007-changes/rights.ts';
import { settled } from './0007-changes/settled.ts';
import { stages } from './0007-changes/stages.ts';
import { tables } from './0007-changes/tables.ts';

/**
 * The record of edits: what each statement created, edited or deleted, by any writer, and one order of events for
 * changes and transitions. No table is rewritten or read, so it is quick on a million stages. Indexes that a long
 * record needs are built afterwards, while the service runs (db/schema/later-indexes.ts).
 */
export class Changes extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    const s = quoteIdentifier(String(row?.['name']));
    const names: Names = {
      s,
      table: (name) => `${quoteLiteral(`${s}.${name}`)}::pg_catalog.regclass`,
      oldChannel: '',
    };
    const [made] = await this.execute(
      `SELECT pg_get_serial_sequence(${quoteLiteral(`${s}.transition`)}, 'id') AS name`,
    );
    const sequence = String(made?.['name']);
    // In the order in which an advance takes its locks: see migration 0003.
    this.addSql(`LOCK TABLE ${s}.leadership, ${s}.assignment, ${s}.stage, ${s}.transition IN ACCESS EXCLUSIVE MODE`);
    for (const script of [
      columns,
      counting,
      tables,
      indexes,
      commit,
      stages,
      assignments,
      settled,
      pulse,
      mend,
      rights,
    ]) {
      this.addSql(`DO $script$ ${script(names, sequence)} $script$`);
    }
  }
}
