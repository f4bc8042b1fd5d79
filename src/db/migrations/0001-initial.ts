import { Migration } from '@mikro-orm/migrations';
import { channelOf, quoteIdentifier } from '../names.ts';
import { notify } from './0001-initial/notify.ts';
import { record } from './0001-initial/record.ts';
import { rule } from './0001-initial/rule.ts';
import { tables } from './0001-initial/tables.ts';

/** Everything names its schema, so that the triggers work whatever the writer's search_path is. */
export class Initial extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    const schema = String(row?.['name']);
    const s = quoteIdentifier(schema);
    for (const script of [tables(s), rule(s), record(s), notify(s, channelOf(schema))]) {
      // A DO block, because a driver sends one command at a time and these are many.
      this.addSql(`DO $script$ BEGIN ${script} END $script$`);
    }
  }
}
