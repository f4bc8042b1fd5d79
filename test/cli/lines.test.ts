import { createReadStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import { linesOf } from '../../src/cli/lines.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('The lines of a file', () => {
  it('are all there, however late the first one is asked for', async () => {
    const folder = temporaryFolder('lines');
    const file = join(folder.path, 'export.jsonl');
    writeFileSync(file, 'one\ntwo\n');
    const input = createReadStream(file);
    const lines = linesOf(input);
    // As an import does, which first looks at its database. Whoever reads meanwhile has reached the end.
    for (let i = 0; i < 100; i++) await setImmediate();
    const found: string[] = [];
    for await (const line of lines) found.push(line);
    expect(found).to.deep.equal(['one', 'two']);
    folder.remove();
  });
});
