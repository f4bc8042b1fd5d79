import type { Migration } from '@mikro-orm/migrations';
import { systemClock } from '../../base/clock.ts';
import { causeOf, messageOf } from '../../base/errors.ts';
import { hasState, SQLSTATE } from '../../base/sqlstate.ts';
import { KnownDatabaseError, troubleOf } from '../troubles.ts';

/** How long a migration waits for a lock. Not long, because everybody queues behind it, bells too. */
const LOCK_MS = 500;
const TRIES = 10;
const PAUSE_MS = 1500;
/** In a deadlock somebody else's transaction took its locks in another order. It will be gone at the next try. */
const isOfLocks = (code: string): boolean => hasState({ code }, 'lockNotAvailable', 'deadlock');

/** A migration failed and was rolled back: which, why, and what mends it. */
export class MigrationError extends KnownDatabaseError {
  readonly migration: string;

  constructor(migration: string, error: unknown) {
    const { code, message } = innermost(error);
    const known = troubleOf(error)?.cause;
    super(
      {
        part: 'schema',
        cause: `${known === undefined ? '' : `${known}: `}migration ${migration} failed and was taken back`,
        cure: cureFor(code, error),
        detail: message,
        isBlocking: true,
        endsByItself: isOfLocks(code),
      },
      error,
    );
    this.migration = migration;
  }
}

function cureFor(code: string, error: unknown): string {
  if (code === SQLSTATE.forbidden)
    return 'it needs the rights of the owner of the tables, and CREATE on their schema: run stagebell migrate with a DATABASE_URL of that role';
  if (isOfLocks(code))
    return `a lock was not available within ${LOCK_MS} ms, ${TRIES} times: stagebell doctor and docs/operations.md, "Who holds up the bells", say who holds it; then run stagebell migrate again`;
  if (/^42(P07|701|710|723)$/.test(code))
    return 'something with that name exists already and is not from this release: rename or drop it, then run stagebell migrate again';
  return troubleOf(error)?.cure ?? 'nothing was changed: mend what it names and run stagebell migrate again';
}

/** The ORM wraps the server's error, and repeats the whole script in its message. */
function innermost(error: unknown): { code: string; message: string } {
  const cause = causeOf(error);
  if (cause !== null) return innermost(cause);
  const { code } = (error ?? {}) as { code?: unknown };
  return { code: typeof code === 'string' ? code : '', message: messageOf(error) };
}

interface Listed {
  name: string;
  class: new (...values: ConstructorParameters<typeof Migration>) => Migration;
}

/** The same migrations, each with a limit on waiting for locks. @param onBegin called with the name of each */
export function careful(list: readonly Listed[], onBegin: (name: string) => void): Listed[] {
  return list.map(({ name, class: Original }) => ({
    name,
    class: class extends Original {
      override async up(): Promise<void> {
        onBegin(name);
        this.addSql(`SET LOCAL lock_timeout = ${LOCK_MS}`);
        await Original.prototype.up.call(this);
      }
    },
  }));
}

/**
 * Runs `work` until it gets its locks.
 * @param current returns the name of the migration under way
 * @throws MigrationError
 */
export async function inTries<T>(work: () => Promise<T>, current: () => string): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await work();
    } catch (error) {
      const isLocked = isOfLocks(innermost(error).code);
      if (!isLocked || left <= 1) throw new MigrationError(current(), error);
      await systemClock.sleep(PAUSE_MS);
    }
  }
}
