/** What the main thread and the database's thread say to each other. */

/** Given to the thread when it starts. */
export interface Start {
  /** PostgreSQL's own folder. */
  folder: string;
  /** Whether a commit waits until the disk has it. */
  isDurable: boolean;
}

export interface Request {
  id: number;
  kind: 'query' | 'exec' | 'close';
  text: string;
  values: unknown[];
}

export interface Results {
  rows: unknown[];
  affectedRows: number | undefined;
}

/** An error for another thread: passed as it is, it would lose its properties. */
export interface PlainError {
  message: string;
  stack: string | undefined;
  properties: Record<string, unknown>;
}

export type Reply =
  | { kind: 'open' }
  | { kind: 'not-open'; error: PlainError; said: string[] }
  | { kind: 'answer'; id: number; results: Results[] }
  | { kind: 'error'; id: number; error: PlainError }
  | { kind: 'notification'; channel: string; payload: string }
  /** PostgreSQL has given up: only a new thread can go on. */
  | { kind: 'crashed'; said: string[] };

export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { message: wordsOf(error), stack: undefined, properties: {} };
  const properties = Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value === 'string'));
  return { message: error.message, stack: error.stack, properties };
}

export function errorOf({ message, stack, properties }: PlainError): Error {
  const error = Object.assign(new Error(message), properties);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** Emscripten also throws objects that are not errors, such as `{ errno: 51 }`. */
function wordsOf(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown);
  const { message, code, errno } = thrown as { message?: string; code?: string; errno?: number };
  if (message) return message;
  return code ?? (errno === NO_SPACE ? 'No space left on device' : `error ${errno} of the file system`);
}

/** ENOSPC in Emscripten. */
const NO_SPACE = 51;
