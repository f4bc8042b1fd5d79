/** By how much the time limits of tests are stretched, for a process that others keep waiting. */
export const PATIENCE_VARIABLE = 'STAGEBELL_TEST_PATIENCE';

export function stretch(limitMs: number): number {
  return limitMs * Number(process.env[PATIENCE_VARIABLE] ?? 1);
}
