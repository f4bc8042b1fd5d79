import { AsyncLocalStorage } from 'node:async_hooks';
import { run } from '../../src/cli/program.ts';
import type { Environment, Output } from './processes.ts';

const heard = new AsyncLocalStorage<Output>();
let isListening = false;

/** What is written within `runCommand` goes there, and all else where it went. */
function listen(): void {
  if (isListening) return;
  isListening = true;
  for (const name of ['stdout', 'stderr'] as const) {
    const stream = process[name];
    const write = stream.write.bind(stream) as (...values: unknown[]) => boolean;
    stream.write = ((...values: unknown[]): boolean => {
      const output = heard.getStore();
      if (output === undefined) return write(...values);
      output[name] += String(values[0]);
      return true;
    }) as typeof stream.write;
  }
}

/**
 * Runs one command of `stagebell` to its end, in this process: everything but main.ts. A start of a process takes
 * ten times as long as most commands; where the process is what is tested see processes.ts.
 */
export async function runCommand(args: string[], env: Environment = {}): Promise<Output & { code: number }> {
  listen();
  const output: Output = { stdout: '', stderr: '' };
  const code = await heard.run(output, () => run(args, { NODE_ENV: 'test', ...env }));
  return { code, ...output };
}
