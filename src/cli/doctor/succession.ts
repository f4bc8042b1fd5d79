import { hasState } from '../../base/sqlstate.ts';
import { type LeaderLockView, readLeaderLock } from '../../db/leading/leader-lock-view.ts';
import { type Check, ok, warn } from './check.ts';

const COST = 'a dead leader is noticed only after its lease';

/** Whether PostgreSQL would tell of the leader's death: looks at who holds the lock that the leader should hold. */
export const succession: Check = {
  name: 'succession',
  needs: 'database',
  async run({ database, db, leader }) {
    if (database?.kind === 'embedded') return ok('succession_embedded', 'embedded: there can be no other instance');
    const lock = database?.openLeaderLock() ?? null;
    if (lock === null)
      return warn(
        'succession_pooler',
        `a transaction pooler is in between, so no instance has a session of its own: ${COST}`,
        'give DATABASE_URL a direct connection, or a pooler in session mode',
      );
    let view: LeaderLockView;
    try {
      view = await readLeaderLock(db);
    } catch (error) {
      if (hasState(error, 'forbidden'))
        return warn(
          'succession_rights',
          `this role may not lock leader_alive: ${COST}`,
          'GRANT SELECT, UPDATE ON leader_alive TO the role of DATABASE_URL',
        );
      if (!hasState(error, 'noTable')) throw error;
      return warn(
        'succession_missing',
        `the view leader_alive is missing: ${COST}`,
        `as the owner of the tables: CREATE VIEW leader_alive AS SELECT 'locked by the leader for as long as it lives'::text AS note`,
      );
    }
    const { holder, isInForce, waiting } = view;
    if (leader === null) return ok('succession_nobody', 'nobody leads');
    if (isInForce)
      return ok(
        'succession_ok',
        `PostgreSQL would tell of the death of ${leader} at once; waiting to take over: ${waiting}`,
      );
    return warn(
      'succession_off',
      holder === null
        ? `${leader} does not hold the lock on leader_alive: ${COST}`
        : `session ${holder} holds the lock on leader_alive, not ${leader}: ${COST}`,
      holder === null
        ? 'nothing to do if the leader has just begun; otherwise "succession" in /v1/scheduler of the leader says why'
        : `SELECT pg_terminate_backend(${holder})`,
    );
  },
};
