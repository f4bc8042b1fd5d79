import { Backoff } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { Health, Trouble } from '../../base/health.ts';
import { Signal } from '../../base/signal.ts';
import type { Database, Session, SessionEvents } from '../../db/database.ts';
import type { OwnSession } from '../../db/names.ts';
import { troubleOf } from '../../db/troubles.ts';

const HELP_NEEDED: Trouble = {
  cause: 'connections of this instance to PostgreSQL are lost and cannot be opened again',
  cure: 'see the detail',
  isBlocking: true,
};

/**
 * A lost session is opened again after the first pause, because most losses are over in a moment. The pause then
 * doubles. The session that looks out for the server does so often: a try costs little while nothing answers. The
 * others wait longer, so that a full server, which does answer, is not asked by all of them at once.
 */
const REOPEN_MS = { first: 20, mostOfLookout: 250, mostOfOthers: 1000 } as const;

/** When all sessions were lost at once, PostgreSQL has more urgent work than to plan what may be needed. */
const REHEARSE_AFTER_MS = 1000;
/** A session that may be dead is given up if it does not answer within this. */
const ANSWERS_WITHIN_MS = 2000;

/** Runs statements that change nothing, so that the session has their plans when they are needed. */
export type Rehearsal = (session: Session) => Promise<unknown>;

interface Kept {
  session: Session;
  rehearse: Rehearsal;
  /** Monotonic; null while it is open. */
  missingSinceMs: number | null;
  /** Monotonic: when it was opened last. */
  openedMs: number;
  /** It was given up because it did not answer. */
  isSilent: boolean;
  /** Why the last try to open it failed; null: it did not. */
  error: unknown;
  onLost: () => void;
  /** Ends the pause before the next try. */
  again: Signal;
}

/**
 * The instance's own connections. They are opened before requests are let in. A lost one is opened again at once, and
 * not at its next use, because a bell must not wait for a connection. While one is missing, no request gets a new one.
 */
export class KeptSessions {
  readonly #database: Database;
  readonly #health: Health;
  readonly #clock: Clock;
  readonly #kept = new Map<OwnSession, Kept>();
  readonly #stop = new AbortController();
  #running: Promise<unknown> = Promise.resolve();
  /** Called when one was lost or opened. */
  onChange: () => void = () => {};

  constructor(database: Database, health: Health, clock: Clock) {
    this.#database = database;
    this.#health = health;
    this.#clock = clock;
  }

  /**
   * Adds a session, which is kept open from `start` on.
   * @param rehearse is run a moment after each time it is opened
   */
  add(
    name: OwnSession,
    timeoutMs: number,
    onError: SessionEvents['onError'],
    rehearse: Rehearsal = () => Promise.resolve(),
  ): Session {
    const session = this.#database.openSession(name, timeoutMs, { onLost: () => this.#lost(name), onError });
    const again = new Signal(this.#clock);
    this.#kept.set(name, {
      session,
      rehearse,
      missingSinceMs: 0,
      openedMs: Infinity,
      isSilent: false,
      error: null,
      onLost: () => {},
      again,
    });
    return session;
  }

  /** Resolves when all are open, or when this is closed. */
  start(): Promise<void> {
    const now = this.#clock.monoMs();
    for (const kept of this.#kept.values()) kept.missingSinceMs = now;
    this.#tell();
    return new Promise((resolve) => {
      const onOpen = (): void => {
        if (this.missingForMs === 0 || this.#stop.signal.aborted) resolve();
      };
      this.#running = Promise.all([...this.#kept].map(([name, kept]) => this.#keep(name, kept, onOpen)));
    });
  }

  /** For how long at least one has been missing, milliseconds; 0 = all are open. */
  get missingForMs(): number {
    const since = [...this.#kept.values()].flatMap(({ missingSinceMs }) => missingSinceMs ?? []);
    return since.length === 0 ? 0 : Math.max(1, this.#clock.monoMs() - Math.min(...since));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    for (const { onLost } of this.#kept.values()) onLost();
    await this.#running;
    await Promise.all([...this.#kept.values()].map(({ session }) => session.close()));
  }

  async #keep(name: OwnSession, kept: Kept, onOpen: () => void): Promise<void> {
    // When it has found the server, the others follow at once.
    const isLookout = this.#kept.keys().next().value === name;
    const backoff = new Backoff(REOPEN_MS.first, isLookout ? REOPEN_MS.mostOfLookout : REOPEN_MS.mostOfOthers);
    const { signal } = this.#stop;
    signal.addEventListener('abort', () => kept.again.wake());
    while (!signal.aborted) {
      const lost = new Promise<void>((resolve) => {
        kept.onLost = resolve;
      });
      try {
        await kept.session.open();
        this.#tryOlder(kept);
        const rehearsal = this.#clock.after(REHEARSE_AFTER_MS, () => void kept.rehearse(kept.session).catch(() => {}));
        backoff.reset();
        this.#note(name, null);
        for (const other of this.#kept.values()) if (other.error !== null) other.again.wake();
        onOpen();
        if (!signal.aborted) await lost;
        rehearsal.cancel();
      } catch (error) {
        this.#note(name, error);
        await kept.again.wait(backoff.next());
      }
    }
    onOpen();
  }

  /**
   * Sessions that were open when `opened` was lost may be dead too, for instance behind a proxy that keeps our side
   * open.
   */
  #tryOlder(opened: Kept): void {
    const lostMs = opened.missingSinceMs ?? 0;
    opened.openedMs = this.#clock.monoMs();
    // If the server is slow, two silent sessions would give up each other for ever.
    if (!opened.isSilent)
      for (const kept of this.#kept.values())
        if (kept.missingSinceMs === null && kept.openedMs < lostMs) void this.#tryOne(kept);
    opened.isSilent = false;
  }

  /** Gives it up if it does not answer. What it was doing fails then, and is done again on a new connection. */
  async #tryOne(kept: Kept): Promise<void> {
    const isOver = new AbortController();
    const answered = kept.rehearse(kept.session).then(
      () => true,
      () => true,
    );
    const silent = this.#clock.sleep(ANSWERS_WITHIN_MS, isOver.signal).then(() => false);
    const hasAnswered = await Promise.race([answered, silent]);
    isOver.abort();
    if (hasAnswered || this.#stop.signal.aborted) return;
    kept.isSilent = true;
    kept.session.giveUp();
  }

  #lost(name: OwnSession): void {
    const kept = this.#kept.get(name);
    if (kept === undefined || this.#stop.signal.aborted) return;
    kept.missingSinceMs ??= this.#clock.monoMs();
    kept.onLost();
    this.#tell();
  }

  #note(name: OwnSession, error: unknown): void {
    const kept = this.#kept.get(name);
    if (kept === undefined || this.#stop.signal.aborted) return;
    kept.error = error;
    if (error === null) kept.missingSinceMs = null;
    else kept.missingSinceMs ??= this.#clock.monoMs();
    this.#tell();
  }

  #tell(): void {
    const all = [...this.#kept.values()];
    const missing = all.filter(({ missingSinceMs }) => missingSinceMs !== null);
    this.#database.admitRequests(missing.length === 0);
    // One that was just lost, and not tried yet, may be open again in a moment.
    const failed = missing.find(({ error }) => error !== null);
    const trouble =
      failed === undefined ? null : (troubleOf(failed.error) ?? { ...HELP_NEEDED, detail: messageOf(failed.error) });
    const part = trouble !== null && 'part' in trouble && trouble.part === 'connections' ? 'connections' : 'database';
    if (missing.length === 0 || part === 'connections') this.#health.note('database', null);
    if (missing.length === 0 || part === 'database') this.#health.note('connections', null);
    if (trouble !== null) this.#health.note(part, trouble);
    this.onChange();
  }
}
