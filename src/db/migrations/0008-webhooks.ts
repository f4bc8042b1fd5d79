import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier } from '../names.ts';
import { rights } from './0008-webhooks/rights.ts';
import { tables } from './0008-webhooks/tables.ts';

/** Webhooks: who is told of events, and what was delivered to each. It touches no table of before. */
export class Webhooks extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    const s = quoteIdentifier(String(row?.['name']));
    this.addSql(`DO $script$ ${tables(s)} $script$`);
    this.addSql(`DO $script$ ${rights(s)} $script$`);
  }
}
