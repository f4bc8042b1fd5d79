import { Migration } from '@mikro-orm/migrations';
import { channelOf, quoteIdentifier, quoteLiteral } from '../names.ts';
import { edits } from './0003-any-deployment/edits.ts';
import { gate } from './0003-any-deployment/gate.ts';
import type { Names } from './0003-any-deployment/names.ts';
import { record } from './0003-any-deployment/record.ts';
import { repair } from './0003-any-deployment/repair.ts';
import { rights } from './0003-any-deployment/rights.ts';
import { rule } from './0003-any-deployment/rule.ts';
import { say } from './0003-any-deployment/say.ts';

/**
 * The triggers hold on other people's databases: users' columns, roles that see each other, a full
 * notification queue, large edits, SET CONSTRAINTS. Nothing is rewritten, and no table is read but for the
 * index of `assignment`, so it takes a moment on a million stages; instances of the release before go on.
 */
export class AnyDeployment extends Migration {
  override async up(): Promise<void> {
    const [row] = await this.execute('SELECT current_schema() AS name');
    const names = namesIn(String(row?.['name']));
    this.addSql(lockAll(names));
    for (const script of [
      repair(names),
      gate(names),
      rule(names),
      say(names),
      record(names),
      edits(names),
      rights(names),
    ]) {
      this.addSql(`DO $script$ BEGIN ${script} END $script$`);
    }
  }
}

/**
 * All at once and in the order in which an advance comes to them. A migration that takes a weak lock first and a
 * strong one later deadlocks with every writer that reads a row before it changes it.
 */
const lockAll = ({ s }: Names): string =>
  `LOCK TABLE ${['leadership', 'assignment', 'stage', 'transition'].map((name) => `${s}.${name}`).join(', ')} IN ACCESS EXCLUSIVE MODE`;

function namesIn(schema: string): Names {
  const s = quoteIdentifier(schema);
  return {
    s,
    table: (name) => `${quoteLiteral(`${s}.${name}`)}::pg_catalog.regclass`,
    oldChannel: channelOf(schema),
  };
}
