/** How a leader's death is noticed: told by PostgreSQL, or when its lease has passed, and then why. */
export interface ToldBy {
  toldBy: 'postgres' | 'lease';
  why: string | null;
}

/** For an instance that stands aside. */
export const STANDS_ASIDE: ToldBy = { toldBy: 'lease', why: 'this instance does not stand for leadership' };
