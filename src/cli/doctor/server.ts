import { readServer } from '../../db/schema/fitness.ts';
import { type Check, type Finding, ok, warn } from './check.ts';

/** Server settings that cost something, and that the service leaves as they are. */
export const server: Check = {
  name: 'server',
  needs: 'database',
  async run({ db, database }) {
    if (database?.kind === 'embedded') return ok('server_embedded', 'embedded');
    const { encoding, synchronousCommit } = await readServer(db);
    const findings: Finding[] = [];
    if (encoding !== 'UTF8')
      findings.push(
        warn(
          'server_encoding',
          `the database has the encoding ${encoding}, which cannot hold every name: an edit with such a name fails`,
          "move Stagebell into a database of its own: CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0, then pg_dump and pg_restore",
        ),
      );
    if (synchronousCommit === 'off')
      findings.push(
        warn(
          'server_commits_lost',
          'synchronous_commit is off: a crash of the server loses transitions that were already announced',
          'ALTER ROLE ... SET synchronous_commit = on for the role of DATABASE_URL, unless it is intended',
        ),
      );
    return findings.length > 0 ? findings : ok('server_ok', `${encoding}, synchronous_commit ${synchronousCommit}`);
  },
};
