import { type Mutant, tests } from './mutant.ts';

const LEADERSHIP = 'src/leader/leadership.ts';
const HEART = 'src/leader/heart.ts';

/** Sabotage of elections, terms and handing over. */
export const LEADING: readonly Mutant[] = [
  {
    name: 'a lease trusted too long',
    breaks: 'no term is taken on an election that may be over',
    file: LEADERSHIP,
    find: 'clock.monoMs() > verdict.trustedUntilMs',
    replace: 'verdict.trustedUntilMs < 0',
    caughtBy: tests('leader/leadership', 'may be over'),
  },
  {
    name: 'a trust counted from the answer',
    breaks: 'a lease is counted from before the try, with a margin for clocks that drift',
    file: 'src/leader/redlock-election.ts',
    find: 'trustedUntilMs: startedMs + this.#leaseMs - marginMs',
    replace: 'trustedUntilMs: this.#clock.monoMs() + this.#leaseMs + 0 * marginMs * startedMs',
    caughtBy: tests('contract/election', 'over 1 Redis says until when'),
  },
  {
    name: 'an outvoted leader that stays',
    breaks: 'the lock is somebody else’s: step down',
    file: LEADERSHIP,
    find: "if (verdict.kind === 'held') return end('outvoted');",
    replace: '',
    caughtBy: tests('leader/leadership', 'steps down when another is elected'),
  },
  {
    name: 'a heartbeat that is not looked at',
    breaks: 'whoever lost the term learns it from PostgreSQL',
    file: HEART,
    find: "if (!(await this.#beatOnce(sentMs, events))) return 'deposed';",
    replace: 'await this.#beatOnce(sentMs, events);',
    caughtBy: tests('leader/leadership', 'learns from its own heartbeat'),
  },
  {
    name: 'a leader without a database',
    breaks: 'out of reach of PostgreSQL for a lease: let go of the lock',
    file: HEART,
    find: "if (clock.monoMs() - failingSinceMs > leaseMs) return 'database';",
    replace: '',
    caughtBy: tests('leader/leadership', 'out of reach for a lease'),
  },
  {
    name: 'the lock let go of before the timers',
    breaks: 'handing over: timers first, then the lock, then the term',
    file: LEADERSHIP,
    find: 'await events.onLost();',
    replace: 'void events.onLost();',
    caughtBy: tests('leader/leadership', 'hands over when'),
  },
  {
    name: 'a stop that says nothing',
    breaks: 'the successor need not wait: the term is let go of',
    file: LEADERSHIP,
    find: "if (reason === 'stopping' || reason === 'outvoted') {",
    replace: "if (reason === 'outvoted') {",
    caughtBy: tests('leader/leadership', 'hands over when'),
  },
  {
    name: 'a term taken on no verdict at all',
    breaks: 'where the election cannot tell, only a vacant or stale term is taken',
    file: LEADERSHIP,
    find: "verdict.kind === 'elected' ? 'always' : 'if-vacant-or-stale'",
    replace: "'always'",
    caughtBy: tests('leader/leadership', 'where the election cannot tell'),
  },
  {
    name: 'no new campaign after FLUSHALL',
    breaks: 'a lock that Redis lost is taken anew',
    file: 'src/leader/redlock-election.ts',
    find: "return verdict.kind === 'held' ? this.campaign() : verdict;",
    replace: 'return verdict;',
    caughtBy: tests('contract/election', 'over 1 Redis wins anew after FLUSHALL'),
  },
];
