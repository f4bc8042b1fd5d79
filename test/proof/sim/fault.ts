/** Which instance: the one that leads at that moment, or one of those that run, by number. */
export type Target = 'leader' | number;

export type EndedSessions = 'alive' | 'lead+alive' | 'all';

/** Something that goes wrong; what lasts is healed after `forMs`. */
export type Fault =
  /** kill -9; started again later. */
  | { kind: 'crash'; target: Target; forMs: number }
  /** The same, at its n-th call of the database or Redis from now on. */
  | { kind: 'crash-at-call'; target: Target; calls: number; when: 'before' | 'after'; forMs: number }
  /** SIGSTOP and SIGCONT, or an event loop that is blocked. */
  | { kind: 'pause'; target: Target; forMs: number }
  /** The machine sleeps. */
  | { kind: 'suspend'; target: Target; forMs: number }
  | { kind: 'step-wall'; target: Target; byMs: number }
  | { kind: 'step-database'; byMs: number }
  /** Host and database step together, as on one machine. */
  | { kind: 'step-both'; target: Target; byMs: number }
  | { kind: 'database-errors'; target: Target; when: 'before' | 'after' | 'lost'; share: number; forMs: number }
  | { kind: 'database-slow'; target: Target; upToMs: number; forMs: number }
  | { kind: 'database-cut'; target: Target; forMs: number }
  | { kind: 'database-broken'; target: Target }
  /** Somebody ends sessions: those by which PostgreSQL tells that it lives, or all. */
  | { kind: 'session-ended'; target: Target; which: EndedSessions }
  /** Connections that look alive and carry nothing any more. */
  | { kind: 'half-open'; target: Target; which: 'ears' | 'alive' | 'all' }
  | { kind: 'database-down'; forMs: number }
  | { kind: 'notifications-lost'; target: Target; share: number; forMs: number }
  | { kind: 'notifications-late'; target: Target; upToMs: number; forMs: number }
  | { kind: 'redis-down' | 'redis-pause'; server: number | 'all'; forMs: number }
  | { kind: 'redis-flush' | 'redis-script-flush'; server: number | 'all' }
  | { kind: 'redis-cut'; target: Target; server: number | 'all'; forMs: number }
  /** It answers and gives no locks. */
  | { kind: 'redis-refuses'; server: number | 'all'; what: 'writes' | 'scripts'; forMs: number }
  /** A deployment that reached one instance: the new one is told of other Redis servers. */
  | { kind: 'redis-other'; target: Target; forMs: number }
  | { kind: 'redis-errors'; target: Target; share: number; forMs: number }
  /** Its notification queue is full, by some session of any database: seen by the triggers, or too late. */
  | { kind: 'queue-full'; how: 'full' | 'overflowing'; forMs: number }
  /** Everybody's connections break, and the server gives no more than these. */
  | { kind: 'few-connections'; room: number; forMs: number }
  /** Somebody holds the table of stages. */
  | { kind: 'table-locked'; forMs: number }
  /** Nothing is cleaned away: what looks at everything that was ever due takes so long. */
  | { kind: 'old-snapshot'; walkMs: number; forMs: number }
  /** SIGTERM; another one starts beforehand in a deployment, afterwards in a restart. */
  | { kind: 'hand-over'; target: Target; isSuccessorFirst: boolean; forMs: number }
  /** One more. */
  | { kind: 'join' };

/** How long it lasts by itself. */
export const durationMs = (fault: Fault): number => ('forMs' in fault ? fault.forMs : 0);
