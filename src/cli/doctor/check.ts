import type { Patient } from './patient.ts';

/** What a check found. `code` is stable: programs and runbooks rely on it. */
export interface Finding {
  code: string;
  status: 'ok' | 'warn' | 'fail';
  text: string;
  /** How to mend it; absent when all is well. */
  cure?: string;
}

/** Checks one thing that the service depends on, by doing what the service does and undoing it. */
export interface Check {
  name: string;
  /** `database`: only while the database answers. */
  needs: 'nothing' | 'database';
  /** @throws when it cannot find out, which counts as a failure */
  run(patient: Patient): Promise<Finding | Finding[]>;
}

export const ok = (code: string, text: string): Finding => ({ code, status: 'ok', text });
export const warn = (code: string, text: string, cure: string): Finding => ({ code, status: 'warn', text, cure });
export const fail = (code: string, text: string, cure: string): Finding => ({ code, status: 'fail', text, cure });

export const seconds = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
