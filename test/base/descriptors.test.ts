import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const FILE = fileURLToPath(new URL('../../src/base/descriptors.ts', import.meta.url));

describe('how many descriptors a process may have', () => {
  it('is what the system grants it', () => {
    const program = `import('${FILE}').then((it) => console.log(it.mostDescriptors()))`;
    const script = `ulimit -n 150; exec "$0" -e "$1"`;
    expect(execFileSync('bash', ['-c', script, process.execPath, program], { encoding: 'utf8' }).trim()).to.equal(
      '150',
    );
  });
});
