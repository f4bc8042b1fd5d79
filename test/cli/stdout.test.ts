import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { createDatabase } from '../support/postgres.ts';
import { startServe } from '../support/processes.ts';
import { temporaryFolder } from '../support/temporary.ts';
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

  it('goes on, and ends, after its reader has gone', async () => {
    const { child, tell, exited } = writer(10);
    child.stdout.destroy();
    await tell('more');
    await tell('end');
    expect(await within(exited, 20_000, 'exit')).to.equal(7);
  });

  it('on a terminal goes on after Ctrl-S, and ends when the terminal is closed', async function () {
    if (process.platform !== 'linux' || !existsSync('/usr/bin/script')) this.skip();
    const folder = temporaryFolder('terminal');
    const [file, program] = [`${folder.path}/alive`, `${folder.path}/program.mjs`];
    writeFileSync(
      program,
      `import { writeFileSync } from 'node:fs';
      import { LogSink } from '${SINK}';
      const sink = new LogSink();
      sink.write('begin\\n');
      let turns = 0;
      setInterval(() => {
        for (let i = 0; i < 100; i++) sink.write('x'.repeat(100) + '\\n');
        writeFileSync('${file}', String(++turns));
      }, 2);
      process.on('SIGHUP', () => process.exit(0));
      process.on('exit', () => writeFileSync('${file}', 'gone'));`,
    );
    const terminal = spawn('script', ['-qfc', `${process.execPath} ${program}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const said = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    terminal.stdout.resume();
    await within(once(terminal.stdout, 'data'), 20_000, 'the first line');
    terminal.stdin.write('\x13');
    // What it says now is more than a terminal holds, many times over.
    await eventually(() => expect(Number(said())).to.be.above(200), { timeoutMs: 20_000 });
    terminal.kill('SIGKILL');
    await eventually(() => expect(said()).to.equal('gone'), { timeoutMs: 20_000 });
    folder.remove();
  });
});

describe('A service whose reader has gone', function () {
  this.timeout(60_000);

  it('goes on, whatever it or Node has to say, and ends at the first of two SIGTERMs', async () => {
    const database = await createDatabase();
    const complain = `data:text/javascript,${encodeURIComponent(`process.on('SIGUSR2', () => process.emitWarning('hear'))`)}`;
    const env = { DATABASE_URL: database.url, NODE_OPTIONS: `--import=${complain}` };
    const service = await (await startServe(env)).ready(30_000);
    service.stopReading();
    for (let i = 0; i < 3; i++) {
      service.signal('SIGUSR2');
      const answer = await fetch(`${service.url}/v1/assignments`, { method: 'POST', body: '{}' });
      expect(answer.status).to.equal(415);
    }
    service.signal('SIGTERM');
    expect(await within(service.stop('SIGTERM'), 20_000, 'the end')).to.deep.equal({ code: 0, signal: null });
    await database.drop();
  });
});
