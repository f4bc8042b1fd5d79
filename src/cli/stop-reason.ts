/** Why the process is to end: somebody asked for it, or it is broken. */
export type StopReason = { signal: NodeJS.Signals } | { error: unknown };

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const BREAKS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Calls `onReason` for every signal and for every uncaught error. A second signal means the same as the first:
 * platforms send SIGTERM twice, and npm passes a Ctrl-C on to a process that has already got it.
 */
export function listenForStop(onReason: (reason: StopReason) => void): void {
  for (const signal of SIGNALS) process.on(signal, () => onReason({ signal }));
  for (const event of BREAKS) process.on(event, (error: unknown) => onReason({ error }));
}
