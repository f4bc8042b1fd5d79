import { App } from '../app.ts';
import { systemClock } from '../base/clock.ts';
import { Health } from '../base/health.ts';
import { silentLog } from '../base/log.ts';
import { loadConfig } from '../config/config.ts';
import { PgliteDatabase } from '../db/embedded/pglite.ts';
import { SoloElection } from '../leader/solo-election.ts';

interface Stage {
  id: string;
  name: string;
}
interface Transition {
  id: string;
  stage_id: string;
  to: string;
  due_at: string;
  occurred_at: string;
  lateness_ms: number;
}

/** When each sample stage starts and ends, seconds from now. */
const STAGES = [
  { name: 'Proposal', start: 3, end: 12 },
  { name: 'Draft', start: 12, end: 24 },
  { name: 'Peer review', start: 18, end: 36 },
  { name: 'Final', start: 36, end: 45 },
];
const LOOK_EVERY_MS = 50;

/** A service of its own, in memory, with a sample assignment: nothing that exists is touched. */
export async function demo(env: NodeJS.ProcessEnv): Promise<number> {
  const clock = systemClock;
  const config = loadConfig({
    ...env,
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL: '',
    REDIS_URL: '',
    REDIS_TLS_URL: '',
    API_KEYS: '',
    ROLE: 'all',
  });
  const say = (line = '') => process.stdout.write(`${line}\n`);
  say('Starting Stagebell with a database in memory ...');
  const database = new PgliteDatabase('memory://', silentLog);
  const createElection = () => new SoloElection();
  const health = new Health(clock, silentLog);
  const app = new App({ config, database, createElection, clock, random: Math.random, log: silentLog, health });
  const { port } = await app.start();
  await app.started;
  const call = async <T>(path: string, body?: unknown): Promise<T> => {
    const init =
      body === undefined
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };

  const t0 = clock.wallMs();
  const at = (seconds: number) => new Date(Math.ceil(t0 / 1000) * 1000 + seconds * 1000).toISOString();
  const assignment = await call<{ title: string; stages: Stage[] }>('/v1/assignments', {
    title: 'Compilers: build a language in a term',
    stages: STAGES.map(({ name, start, end }) => ({ name, start_date: at(start), end_date: at(end) })),
  });
  const names = new Map(assignment.stages.map((stage) => [stage.id, stage.name]));
  say(`\n${assignment.title}   (http://127.0.0.1:${port}/v1/stages)\n`);
  for (const { name, start, end } of STAGES)
    say(`  ${name.padEnd(12)} ${at(start).slice(11, 19)} -> ${at(end).slice(11, 19)} UTC`);
  say('\nEach stage flips at its instant. Lateness is by the database clock.\n');

  let after = '0';
  let worstMs = 0;
  for (let left = STAGES.length * 2; left > 0; ) {
    const { items } = await call<{ items: Transition[] }>(`/v1/transitions?after=${after}`);
    for (const { id, stage_id, to, due_at, lateness_ms } of items) {
      after = id;
      left -= 1;
      worstMs = Math.max(worstMs, lateness_ms);
      say(
        `  ${due_at.slice(11, 23)}  ${(names.get(stage_id) ?? '').padEnd(12)} -> ${to.padEnd(10)} ${String(lateness_ms).padStart(4)} ms late`,
      );
    }
    await clock.sleep(LOOK_EVERY_MS);
  }
  say(`\n${STAGES.length * 2} transitions, each once, none early, the latest ${worstMs} ms after its instant.`);
  say('Your own: npm start, then see "Flip a stage in five seconds" in README.md.');
  await app.stop();
  return 0;
}
