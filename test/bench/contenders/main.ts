import type { Contender, Reply, Request, Setting } from './contender.ts';

/**
 * The process of one contender: `main.ts NAME SETTING`. It does what it is asked on its IPC channel,
 * and ends when that is closed. Each library is loaded in its own process alone.
 */
const MAKE: Record<string, (setting: Setting) => Promise<Contender>> = {
  floor: async (setting) => new (await import('./floor.ts')).Floor(setting),
  'floor-rows': async () => new (await import('./floor-rows.ts')).FloorRows(),
  bullmq: async (setting) => new (await import('./bullmq.ts')).BullMq(setting),
  'pg-boss': async (setting) => new (await import('./pg-boss.ts')).PgBossContender(setting),
  'graphile-worker': async (setting) => new (await import('./graphile-worker.ts')).GraphileWorker(setting),
  agenda: async (setting) => new (await import('./agenda.ts')).AgendaContender(setting),
  'node-schedule': async (setting) => new (await import('./node-schedule.ts')).NaiveNodeSchedule(setting),
  poller: async (setting) => new (await import('./poller.ts')).Poller(setting),
};

const [name = '', setting = 'defaults'] = process.argv.slice(2);
const made = MAKE[name]?.(setting as Setting);
if (made === undefined) throw new Error(`no such contender: ${name}`);
// Reported with the first request.
made.catch(() => {});

process.on('disconnect', () => process.exit());
process.on('message', async (request: Request) => {
  const error = await answer(request).then(
    () => null,
    (error: Error) => error.stack ?? error.message,
  );
  process.send?.({ error } satisfies Reply);
});

async function answer(request: Request): Promise<void> {
  const contender = (await made) as Contender;
  if (request.call === 'open') await contender.open(request.env);
  else if (request.call === 'schedule') await contender.schedule(request.fromId, request.toId);
  else if (request.call === 'work') await contender.work();
  else await contender.stop();
}
