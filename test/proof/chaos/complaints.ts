import type { StagebellProcess } from '../../support/processes.ts';

const FATAL = 60;
/** What the service logs about itself and not about its surroundings. */
const BUGS = new Set(['request_failed', 'stop_timeout', 'error_while_stopping']);

/** What an instance said that no fault of its surroundings excuses. */
export function complaintsOf(name: string, { lines, text }: StagebellProcess): string[] {
  const bad = lines.filter(({ level, event }) => level === FATAL || (event !== undefined && BUGS.has(event)));
  const said = bad.map((line) => `${name} logged ${JSON.stringify(line)}`);
  // Everything that it has to say is a JSON line: what is none is a warning of Node, or a crash.
  return text === '' ? said : [...said, `${name} said ${text.slice(0, 2000)}`];
}
