import closeWithGrace from 'close-with-grace';
import { App } from '../app.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { messageOf, StagebellError } from '../base/errors.ts';
import { createLog, type Log } from '../base/log.ts';
import { checkServing, loadConfig } from '../config/config.ts';
import type { Config } from '../config/schema.ts';
import type { Election } from '../leader/election.ts';
import { SoloElection } from '../leader/solo-election.ts';
import { openDatabase } from './open-database.ts';

/** Runs the service until a signal stops it. @returns the exit code */
export async function serve(env: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(env);
  checkServing(config);
  const log = createLog(config.log.level, config.instanceName);
  const createElection = await electionFor(config, systemClock, log);
  const database = await openDatabase(config, systemClock, log);
  const app = new App({ config, database, createElection, clock: systemClock, random: Math.random, log });

  const stopped = new Promise<number>((resolve) => {
    const grace = closeWithGrace(
      {
        delay: config.shutdownTimeoutMs === 0 ? false : config.shutdownTimeoutMs,
        // Platforms send SIGTERM twice; the stop under way is the answer to both.
        onSecondSignal: () => {},
        onSecondError: (error) => log.error({ event: 'error_while_stopping', error: messageOf(error) }),
        onTimeout: (delay) => log.error({ event: 'stop_timeout', after_ms: delay }, 'stopping took too long: exiting'),
        logger: false,
      },
      async ({ err, signal }) => {
        if (err) log.fatal({ event: 'fatal', error: messageOf(err), stack: err.stack }, 'unexpected error: stopping');
        else log.info({ event: 'stopping', signal }, 'stopping');
        await app.stop();
        resolve(err ? 1 : 0);
      },
    );
    app.start().then(
      () => app.started.catch(refuse),
      (error) => refuse(error),
    );
    async function refuse(error: unknown): Promise<void> {
      log.fatal({ event: 'refused', error: messageOf(error) }, messageOf(error));
      grace.uninstall();
      await app.stop().catch(() => {});
      resolve(error instanceof StagebellError ? error.exitCode : 1);
    }
  });
  return stopped;
}

async function electionFor(config: Config, clock: Clock, log: Log): Promise<(deployment: string) => Election> {
  const { urls } = config.redis;
  if (urls === null) return () => new SoloElection();
  // A start without Redis need not load its client.
  const [{ connectRedis }, { RedlockElection }] = await Promise.all([
    import('../leader/redis.ts'),
    import('../leader/redlock-election.ts'),
  ]);
  return (deployment) =>
    new RedlockElection(connectRedis(urls, config.leader.leaseMs, log), deployment, config.leader.leaseMs, clock);
}
