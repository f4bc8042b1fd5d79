import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { eventually, within } from '../support/wait.ts';

const SINK = new URL('../../src/base/log-sink.ts', import.meta.url).href;

/** A log whose reader has stopped or gone is not worth a bell, nor a stop that never ends. */
describe('The log on a pipe', function () {
  this.timeout(60_000);

  /** A process that writes lines until it is told to end, and says on stderr that it still lives. */
  function writer(lines: number) {
    const program = `import { LogSink } from '${SINK}';
      const sink = new LogSink();
      const line = JSON.stringify({ text: 'x'.repeat(1000) }) + '\\n';
      process.stdin.on('data', async (data) => {
        for (let i = 0; i < ${lines}; i++) sink.write(line);
        process.stderr.write('alive\\n');
        if (String(data).includes('end')) {
          await Promise.race([sink.flushed(), new Promise((resolve) => setTimeout(resolve, 1000))]);
          process.exit(7);
        }
      });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['pipe', 'pipe', 'pipe'] });
    const alive = createInterface({ input: child.stderr });
    const tell = async (word: string) => {
      const answer = once(alive, 'line');
      child.stdin.write(`${word}\n`);
      expect((await within(answer, 20_000, word))[0]).to.equal('alive');
    };
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    return { child, tell, exited };
  }

  it('does not stop a process whose reader has stopped, and says how many lines were dropped', async () => {
    const { child, tell, exited } = writer(3000);
    child.stdout.pause();
    for (let i = 0; i < 3; i++) await tell('more');
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    // All that had waited, so that there is room for more.
    await eventually(() => expect(lines.length).to.be.greaterThan(4000), { timeoutMs: 20_000 });
    await tell('more');
    await tell('end');
    expect(await within(exited, 20_000, 'exit')).to.equal(7);
    const dropped = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'log_dropped');
    expect(dropped?.lines).to.be.greaterThan(1000);
  });

  it('does not hold up the exit of a process whose reader has stopped', async () => {
    const { child, tell, exited } = writer(3000);
    child.stdout.pause();
    await tell('end');
    expect(await within(exited, 20_000, 'exit')).to.equal(7);
  });

  it('goes on, and ends, where its reader has gone', async () => {
    const { child, tell, exited } = writer(10);
    child.stdout.destroy();
    await tell('more');
    await tell('end');
    expect(await within(exited, 20_000, 'exit')).to.equal(7);
  });
});
