import { App } from '../app.ts';
import { type Clock, systemClock, withTimeout } from '../base/clock.ts';
import { messageOf, StagebellError } from '../base/errors.ts';
import { Health } from '../base/health.ts';
import { createLog, type Log } from '../base/log.ts';
import { LogSink } from '../base/log-sink.ts';
import { checkServing, loadConfig } from '../config/config.ts';
import type { Config } from '../config/schema.ts';
import type { Election } from '../leader/election.ts';
import { SoloElection } from '../leader/solo-election.ts';
import type { Redis } from '../redis/connect.ts';
import { introduce } from './introduce.ts';
import { openDatabase } from './open-database.ts';
import { refuseNewWithoutKeys, requireStoredKey } from './require-stored-key.ts';
import { listenForStop, type StopReason } from './stop-reason.ts';

const LAST_LINES_MS = 500;

/** Runs the service until a signal stops it. @returns the exit code */
export async function serve(env: NodeJS.ProcessEnv): Promise<number> {
  const config = loadConfig(env);
  checkServing(config);
  refuseNewWithoutKeys(config);
  // Node writes its warnings there. The service must not end because nobody can read one.
  process.stderr.on('error', () => {});
  const sink = new LogSink();
  const log = await createLog(config.log.level, config.instanceName, sink);
  introduce(config, log);
  const createElection = await electionFor(config, systemClock, log);
  const health = new Health(systemClock, log);
  const lost = Promise.withResolvers<never>();
  const database = await openDatabase(config, systemClock, log, { health, onLost: lost.reject });
  await requireStoredKey(config, database, log);
  const counter = await counterFor(config, log);
  const app = new App({
    config,
    database,
    counter,
    createElection,
    clock: systemClock,
    random: Math.random,
    log,
    health,
  });

  const reason = await untilStop(app, lost.promise, log);
  if ('signal' in reason) log.info({ event: 'stopping', signal: reason.signal }, 'stopping');
  else if ('refusal' in reason) log.fatal({ event: 'refused', error: reason.refusal.message }, reason.refusal.message);
  else log.fatal({ event: 'fatal', ...described(reason.error) }, 'unexpected error: stopping');
  const isClean = await stopInTime(app, config.shutdownTimeoutMs, systemClock, log);
  counter?.disconnect();
  // A slow reader still gets the last lines. One that has stopped or gone is not waited for.
  await Promise.race([sink.flushed(), systemClock.sleep(LAST_LINES_MS)]);
  if ('refusal' in reason) return reason.refusal.exitCode;
  return isClean && 'signal' in reason ? 0 : 1;
}

/** A refusal: it cannot start at all, and says why. */
type Reason = StopReason | { refusal: StagebellError };

const described = (error: unknown) => ({
  error: messageOf(error),
  stack: error instanceof Error ? error.stack : undefined,
});

/** Starts it, and resolves with the first reason to stop. Later ones change nothing; later errors are logged. */
function untilStop(app: App, lost: Promise<never>, log: Log): Promise<Reason> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (reason: Reason): void => {
      if (isStopping && 'error' in reason) {
        log.error({ event: 'error_while_stopping', ...described(reason.error) }, 'an error while stopping');
      }
      isStopping = true;
      resolve(reason);
    };
    listenForStop(stop);
    const fail = (error: unknown) => stop(error instanceof StagebellError ? { refusal: error } : { error });
    lost.catch(fail);
    app.start().then(() => app.started.catch(fail), fail);
  });
}

/** @param timeoutMs 0 = no limit @returns false when it took too long, or failed */
async function stopInTime(app: App, timeoutMs: number, clock: Clock, log: Log): Promise<boolean> {
  const tooLong = () => new StagebellError('stop_timeout', 500, `stopping took longer than ${timeoutMs} ms: exiting`);
  const stopped = app.stop();
  try {
    await (timeoutMs === 0 ? stopped : withTimeout(clock, stopped, timeoutMs, tooLong));
    return true;
  } catch (error) {
    const isLate = error instanceof StagebellError && error.code === 'stop_timeout';
    const event = isLate ? 'stop_timeout' : 'error_while_stopping';
    log.error({ event, ...described(error) }, messageOf(error));
    return false;
  }
}

/** Instances count requests together where there is a Redis. */
async function counterFor({ http, redis }: Config, log: Log): Promise<Redis | null> {
  if (http.rateLimit === null || redis.urls === null) return null;
  const { connectCounter, readRedisTls } = await import('../redis/connect.ts');
  return connectCounter(redis.urls, log, readRedisTls(redis));
}

async function electionFor(config: Config, clock: Clock, log: Log): Promise<(deployment: string) => Election> {
  const { urls } = config.redis;
  if (urls === null) return () => new SoloElection();
  // Without Redis its client need not be loaded.
  const [{ connectRedis, readRedisTls }, { RedlockElection }] = await Promise.all([
    import('../redis/connect.ts'),
    import('../leader/redlock-election.ts'),
  ]);
  const tls = readRedisTls(config.redis);
  const { leaseMs } = config.leader;
  return (deployment) => new RedlockElection(connectRedis(urls, leaseMs, log, tls), deployment, leaseMs, clock);
}
