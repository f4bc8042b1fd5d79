/** What a verdict allows for, milliseconds. The defaults are those of a calm machine. */
export interface Limits {
  /** How late a bell may be where nothing is wrong. */
  calmMs: number;
  /** How far clients' clocks and the database's may be apart, and what cutting to milliseconds hides. */
  clockMs: number;
  /** How long after its sending, or after the fault it was sent into, a request without an answer may still take effect. */
  maybeMs: number;
  /** The largest step back of the database's own clock during the run. */
  stepBackMs: number;
  /** Whether people sweep by hand through instances that ask for no key: the record does not tell such sweeps from the leader's. */
  hasNamelessSweeps: boolean;
}

export const DEFAULTS: Limits = {
  calmMs: 250,
  clockMs: 2,
  maybeMs: 15_000,
  stepBackMs: 0,
  hasNamelessSweeps: false,
};
