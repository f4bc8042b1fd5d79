/** What HTTP shows of the running parts, without knowing them: app.ts implements it. */
export interface ServiceView {
  role(): 'leader' | 'follower' | 'none';
  /** The timers of this instance. Epoch milliseconds; null when none is armed. */
  armed(): { instants: number; nextMs: number | null; lastMs: number | null };
  /** The database's clock minus this host's. */
  clockOffsetMs(): number;
  /** What the service does without for now, such as `redis`. */
  degraded(): string[];
  /** Why this instance should get no requests; empty = ready. */
  notReady(): string[];
}
