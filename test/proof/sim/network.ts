import type { Random } from '../random.ts';

/** One way through a healthy network within a data centre, milliseconds. */
export const latencyMs = (random: Random): number => random.between(0.1, 0.8);

/** Settles never: for those who are not there any more. */
export const never = <T>(): Promise<T> => new Promise<T>(() => {});
