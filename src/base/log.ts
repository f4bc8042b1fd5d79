import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { LogSink } from './log-sink.ts';

/** Structured log: one JSON line per event on stdout, each with an `event` name. */
export type Log = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Pretty lines on a terminal, JSON everywhere else. */
export async function createLog(level: LogLevel, instance: string, sink: LogSink): Promise<Log> {
  const options = { level, base: { instance }, timestamp: pino.stdTimeFunctions.isoTime };
  if (!isatty(1)) return loggerTo(sink, options);
  // In this thread. The process would wait for a separate one at its end, and with a stopped terminal it would wait for
  // ever.
  const { default: pretty } = await import('pino-pretty');
  const prettify = pretty.prettyFactory({ ignore: 'pid,hostname,instance', colorize: true });
  return loggerTo({ write: (line) => sink.write(prettify(line)) }, options);
}

const loggerTo = (to: { write(line: string): void }, options: Parameters<typeof pino>[0]): Log =>
  pino({ ...options }, to);

export const silentLog: Log = pino({ level: 'silent' });
