import type { Results } from './results.ts';
export function publish(_results: Results): void {}
