import type pg from 'pg';
import { Migrated } from './migrated.ts';
import { sharedEmbedded } from './shared-embedded.ts';
import { forSuite } from './suite.ts';

/** Runs `suite` on a real PostgreSQL and on the embedded one, each emptied before every test. */
export function onEachDatabase(title: string, suite: (database: () => Migrated) => void): void {
  for (const kind of ['PostgreSQL', 'PGlite'] as const) {
    describe(`${title} on ${kind}`, () => {
      let migrated: Migrated;
      before(async () => {
        migrated = kind === 'PostgreSQL' ? await Migrated.postgres() : await sharedEmbedded();
      });
      beforeEach(() => migrated.clear());
      after(async () => {
        if (kind === 'PostgreSQL') await migrated.close();
      });
      suite(() => migrated);
    });
  }
}

/** Runs `suite` on a real PostgreSQL of its own, emptied before every test. */
export function onPostgres(title: string, suite: (database: () => Migrated) => void): void {
  describe(title, () => {
    let migrated: Migrated;
    before(async () => {
      migrated = await Migrated.postgres();
    });
    beforeEach(() => migrated.clear());
    after(() => migrated.close());
    suite(() => migrated);
  });
}

/** A connection of the suite's own, closed with its database. */
export const suiteClient = (database: () => Migrated): pg.Client =>
  forSuite(
    () => database().connect(),
    async () => {},
  );
