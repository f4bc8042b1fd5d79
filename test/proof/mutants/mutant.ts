/** What must catch a mutant: it passes on our code and fails on the mutant. */
export type Instrument =
  /** These files of tests; `grep` narrows them to the tests that are meant. */
  | { kind: 'tests'; files: string[]; grep?: string }
  /** A program of ours that exits with 0 when all is well, such as the simulation with a seed. */
  | { kind: 'program'; file: string; args: string[] };

/** One small, named sabotage of our own code. */
export interface Mutant {
  name: string;
  /** The promise or habit that it breaks. */
  breaks: string;
  file: string;
  /** Exactly once in the file. */
  find: string;
  replace: string;
  caughtBy: Instrument;
}

export const tests = (file: string, grep?: string): Instrument => ({
  kind: 'tests',
  files: [`test/${file}.test.ts`],
  ...(grep === undefined ? {} : { grep }),
});

/** The instrument in one line, as a person would run it. */
export function nameOf(instrument: Instrument): string {
  if (instrument.kind === 'program') return [instrument.file, ...instrument.args].join(' ');
  return `${instrument.files.join(' ')}${instrument.grep === undefined ? '' : ` -g "${instrument.grep}"`}`;
}

/** @throws unless there is one place to put the sabotage */
export function sabotage(source: string, { name, file, find, replace }: Mutant): string {
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${name}: what it replaces is in ${file} ${places} times instead of once`);
  return source.replace(find, () => replace);
}
