import type { Patient } from './patient.ts';

/** What a check found. `code` is stable: programs and runbooks rely on it. */
export interface Finding {
  code: string;
  status: 'ok' | 'warn' | 'fail';
  text: string;
  /** What mends it; none where all is well. */
  cure?: string;
}

/** One thing that the service rests on. It does what the service does, and takes it back. */
export interface Check {
  name: string;
  /** `database`: only while the database answers. */
  needs: 'nothing' | 'database';
  /** @throws whatever keeps it from finding out, which is a failure too */
  run(patient: Patient): Promise<Finding | Finding[]>;
}

export const ok = (code: string, text: string): Finding => ({ code, status: 'ok', text });
export const warn = (code: string, text: string, cure: string): Finding => ({ code, status: 'warn', text, cure });
export const fail = (code: string, text: string, cure: string): Finding => ({ code, status: 'fail', text, cure });

export const seconds = (ms: number): string =>
  ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
