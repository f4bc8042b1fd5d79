import { Migration } from '@mikro-orm/migrations';
import { quoteIdentifier, quoteLiteral } from '../names.ts';
import type { Names } from './0003-any-deployment/names.ts';
import { mend } from './0009-alerts/mend.ts';
import { raising } from './0009-alerts/raising.ts';
import { rights } from './0009-alerts/rights.ts';
import { tables } from './0009-alerts/tables.ts';

/**
 * Alerts for operators, raised and resolved once by whichever instance notices, and their place in the order of events.
 * It adds two tables, and touches no row of those before.
 */
export class Alerts extends Migration {
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
    for (const script of [tables, raising, mend, rights]) {
      this.addSql(`DO $script$ ${script(names, sequence)} $script$`);
    }
  }
}
