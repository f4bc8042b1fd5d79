import { readFileSync } from 'node:fs';
import type { ProblemCode } from '../../src/http/schema/output-problem.ts';

/** What was sent in a run of the service, and what came back. */
export interface Example {
  operation: string;
  method: string;
  target: string;
  request?: unknown;
  status: number;
  /** Of a problem. */
  code?: ProblemCode;
  // biome-ignore lint/suspicious/noExplicitAny: JSON as it came.
  response: any;
}

export const EXAMPLES_FILE = new URL('examples.json', import.meta.url);

export const readExamples = (): Example[] => JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8'));
