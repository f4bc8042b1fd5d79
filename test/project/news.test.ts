import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { expect } from 'chai';

const SUBSCRIBES = /dispatcher\.on\(\[([^\]]*)\]/g;
const ROW = /^\| \*?`(\w+)`[^|]*\|[^|]*\|([^|]*)\|$/gm;

/** As `edit: feed.ts`, sorted. */
const pairs = (entries: [kind: string, file: string][]): string[] =>
  [...new Set(entries.map(([kind, file]) => `${kind}: ${file}`))].sort();

describe('The news of an instance', () => {
  it('is taken by the parts that docs/architecture.md names', () => {
    const taken = globSync('src/**/*.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(SUBSCRIBES)].flatMap(([, kinds = '']) =>
        [...kinds.matchAll(/'(\w+)'/g)].map(([, kind = '']): [string, string] => [kind, basename(file)]),
      ),
    );
    const page = readFileSync('docs/architecture.md', 'utf8');
    const table = page.slice(page.indexOf('| news | means | taken by |'), page.indexOf('**Status is derived'));
    const told = [...table.matchAll(ROW)].flatMap(([, kind = '', files = '']) =>
      [...files.matchAll(/`([\w-]+\.ts)`/g)].map(([, file = '']): [string, string] => [kind, file]),
    );
    expect(pairs(told)).to.deep.equal(pairs(taken));
  });
});
