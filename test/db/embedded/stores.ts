import { silentLog } from '../../../src/base/log.ts';
import { PgliteDatabase } from '../../../src/db/embedded/pglite.ts';

/** Stores assignments in the folder that is named, and says the number of each that was acknowledged. */
const [folder = '', isDurable] = process.argv.slice(2);
const database = new PgliteDatabase(folder, silentLog, { isDurable: isDurable === 'true' });
await database.connect();
for (let i = 0; i < 100_000; i++) {
  await database.query({ name: '', text: `INSERT INTO assignment (title) VALUES ($1)` }, [`no ${i}`]);
  process.stdout.write(`${i}\n`);
  if (i % 40 === 39) await database.script('CHECKPOINT');
}
