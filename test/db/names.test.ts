import { globSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { BATCH_CHOSEN, SETTING } from '../../src/db/names.ts';

const files = globSync('src/**/*.ts');
const read = (file: string): string => readFileSync(file, 'utf8');
const sources = files.map(read);

/** Migrations are history: they spell in their SQL what the code has a name for. */
describe('names that the schema and the code must spell alike', () => {
  it('are all settings that any SQL mentions', () => {
    const mentioned = sources.flatMap((text) => [...text.matchAll(/'(stagebell\.[a-z_]+)'/g)].map(([, name]) => name));
    expect([...new Set(mentioned)].sort()).to.deep.equal(Object.values(SETTING).sort());
  });

  it('are spelled in names.ts and in migrations alone', () => {
    const spelling = files.filter((file) => /'stagebell\.[a-z_]+'/.test(read(file)) && !file.includes('/migrations/'));
    expect(spelling).to.deep.equal(['src/db/names.ts']);
  });

  it('are the word for a batch that is chosen', () => {
    expect(sources.filter((text) => text.includes(`RAISE NOTICE '${BATCH_CHOSEN}'`))).to.have.length.at.least(1);
    expect(sources.flatMap((text) => [...text.matchAll(/RAISE NOTICE '([^']*)'/g)].map(([, word]) => word))).to.satisfy(
      (words: string[]) => words.every((word) => word === BATCH_CHOSEN),
    );
  });
});
