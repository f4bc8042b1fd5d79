import { type Mutant, tests } from './mutant.ts';

const SUCCESSION = 'src/leader/succession.ts';
const TERM = 'src/db/term.ts';
const LOCK = 'src/db/postgres-leader-lock.ts';

/** Sabotage of how PostgreSQL tells of the death of a leader. */
export const SUCCESSIONS: readonly Mutant[] = [
  {
    name: "a stranger's lock taken for the leader's",
    breaks: 'doctor and status say that nobody would be told where somebody else holds the lock',
    file: 'src/db/leader-lock-view.ts',
    find: 'EXISTS (SELECT FROM asked WHERE granted AND ours)',
    replace: 'EXISTS (SELECT FROM asked WHERE granted)',
    caughtBy: tests('cli/doctor', 'in the hands of a stranger'),
  },
  {
    name: 'a leader that lost its lock taken for dead',
    breaks: 'whoever is given the lock looks whether the session of the heartbeats has gone as well',
    file: TERM,
    find: 'AND pg_try_advisory_xact_lock(',
    replace: 'OR pg_try_advisory_xact_lock(',
    caughtBy: tests('sim/succession', 'keeps its term, and holds the lock again: 3 Redis'),
  },
  {
    name: 'a lock that is no word of the present leader',
    breaks: 'the lock of a term before says nothing about the present one',
    file: TERM,
    find: 'alive_epoch = epoch AND pg_try',
    replace: 'pg_try',
    caughtBy: tests('db/leader-lock', 'never said that it holds it'),
  },
  {
    name: 'a lost lock that is not taken again',
    breaks: 'a leader that has only lost the lock holds it again',
    file: SUCCESSION,
    find: 'if (isLost && this.#term !== null) await this.#lost();',
    replace: 'if (isLost && this.#term !== null) return;',
    caughtBy: tests('sim/succession', 'keeps its term, and holds the lock again: 3 Redis'),
  },
  {
    name: 'the lock of the living let go of before the term',
    breaks: 'handing over: the term first, then the lock that says who lives',
    file: 'src/leader/leadership.ts',
    find: '// The lock first: it must be free when the others hear `vacant`.',
    replace: 'this.#succession.rest();',
    caughtBy: tests('leader/leadership', 'told until the term is let go of'),
  },
  {
    name: 'an inherited term that nobody leads',
    breaks: 'whoever is told takes the term and leads',
    file: 'src/leader/candidate.ts',
    find: 'if (inherited !== null) return inherited;',
    replace: '',
    caughtBy: tests('sim/succession', 'is succeeded at once, and so is its successor: 3 Redis'),
  },
  {
    name: 'an answer of Redis that is waited for while the leader is dead',
    breaks: 'what the election says is not needed any more',
    file: 'src/leader/candidate.ts',
    find: 'this.#interrupt();',
    replace: '',
    caughtBy: tests('sim/succession', 'waits for an answer from Redis'),
  },
  {
    name: 'a snapshot that is kept while it waits',
    breaks: 'the waiting holds back no VACUUM',
    file: LOCK,
    find: 'client.query(LOOK_UP)',
    replace: "client.query('BEGIN')",
    caughtBy: tests('db/leader-lock', 'holds back nothing'),
  },
  {
    name: 'a backend that waits for a process that is gone',
    breaks: 'the server looks whether whoever waits is still there',
    file: LOCK,
    find: 'client.query(LOOK_AROUND).catch(() => {})',
    replace: "client.query('SELECT').catch(() => {})",
    caughtBy: tests('db/leader-lock', 'leaves no session behind'),
  },
  {
    name: 'the lock of a paused leader left to it',
    breaks: 'the next leader ends the session of the one before, so that PostgreSQL can tell of its own end',
    file: SUCCESSION,
    find: 'if (this.#isWaiting && this.#health.withoutForMs > leaseMs) await endHolder(db).catch(() => {});',
    replace: '',
    caughtBy: tests('sim/succession', 'its session is ended'),
  },
  {
    name: 'a lock that a follower is said to lack',
    breaks: 'what a leader has lost is no concern of the follower that it has become',
    file: SUCCESSION,
    find: 'if (this.#term === null) return;',
    replace: '',
    caughtBy: tests('sim/found', 'misses no lock'),
  },
  {
    name: 'a trouble that is over and still told',
    breaks: 'sessions that are left alone are said to be well',
    file: 'src/leader/succession-health.ts',
    find: 'this.#losses = this.#losses.filter((atMs) => nowMs - atMs < OFTEN_MS);',
    replace: '',
    caughtBy: tests('sim/succession', 'until it is left alone'),
  },
];
