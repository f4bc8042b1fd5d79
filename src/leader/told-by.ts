/** How a leader's death is noticed: told by PostgreSQL, or when its lease has passed, and then why. */
export interface ToldBy {
  toldBy: 'postgres' | 'lease';
  why: string | null;
}

/** Of an instance that does not stand. */
export const STANDS_ASIDE: ToldBy = { toldBy: 'lease', why: 'this instance does not stand for leadership' };
