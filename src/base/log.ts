import { isatty } from 'node:tty';
import { pino } from 'pino';
import type { LogSink } from './log-sink.ts';

/** Structured log: one JSON line per event on stdout, each with an `event` name. */
export type Log = Pick<ReturnType<typeof pino>, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Pretty lines on a terminal, JSON everywhere else. */
export function createLog(level: LogLevel, instance: string, sink: LogSink): Log {
  const options = { level, base: { instance }, timestamp: pino.stdTimeFunctions.isoTime };
  if (!isatty(1)) return pino(options, sink);
  return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname,instance' } } });
}

export const silentLog: Log = pino({ level: 'silent' });
