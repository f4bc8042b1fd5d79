import { runCommand } from '../support/command.ts';
import { type LogLine, startServe } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';
import { LEASE_MS, type Refusal, type Site } from './deployment.ts';

/** A start takes half a second; on a machine that is busy with many, much longer. */
const PATIENCE_MS = 40_000;

/**
 * It says no at once and in words, in the log, at /readyz and in doctor.
 * @returns what it says in the log. @throws with what it said instead
 */
export async function refuse({ env, toolEnv }: Site, refusal: Refusal): Promise<string> {
  const { log, readyz, exitCode, doctor: cure } = refusal;
  const process = await startServe({ LEADER_LEASE_MS: String(LEASE_MS), ...env });
  const doctor = runCommand(['doctor'], { ...env, ...toolEnv });
  try {
    let said: LogLine | undefined;
    if (readyz === null) {
      const { code } = await process.exited;
      said = process.lines.find((line) => log.test(JSON.stringify(line)));
      if (said === undefined)
        expectWords(log, `${process.lines.map((l) => JSON.stringify(l)).join('\n')}${process.text}`);
      if (code !== exitCode) throw new Error(`ends with ${code}, expected ${exitCode}`);
    } else {
      said = await process.waitForLog((line) => log.test(JSON.stringify(line)), PATIENCE_MS);
      await eventually(
        async () => {
          const answer = await fetch(`${process.url}/readyz`);
          expectWords(readyz, await answer.text());
          if (answer.status !== 503) throw new Error(`/readyz answers ${answer.status}`);
        },
        { timeoutMs: PATIENCE_MS },
      );
    }
    const { code, stdout, stderr } = await doctor;
    expectWords(cure, stdout + stderr);
    if (code === 0) throw new Error('doctor finds nothing wrong');
    return String(said?.['cause'] ?? said?.['error']).split('. ')[0] as string;
  } finally {
    await process.stop('SIGKILL');
    await doctor;
  }
}

function expectWords(pattern: RegExp, text: string): void {
  if (!pattern.test(text)) throw new Error(`expected ${pattern}, it says: ${text}`);
}
