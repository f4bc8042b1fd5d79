import { type Check, fail, ok, warn } from './check.ts';

const TRIES = 7;
/** A bell is late by about half a round trip, and an edit at short notice by a whole one. */
const FAST_MS = 10;
const SLOW_MS = 50;
const CURE =
  'put the instances and the database in one network; look for a proxy, a VPN or TLS inspection between them, and at the load of both';

/** How long the database takes to answer the smallest question, compared with what the promise needs. */
export const roundTrip: Check = {
  name: 'round trip',
  needs: 'database',
  async run({ db, clock }) {
    const taken: number[] = [];
    for (let i = 0; i < TRIES; i++) {
      const startedMs = clock.monoMs();
      await db.query({ name: 'round_trip', text: 'SELECT 1' });
      taken.push(clock.monoMs() - startedMs);
    }
    // The best one: a slow answer may only mean that the host is busy just now.
    const best = Math.min(...taken);
    const text = `${best.toFixed(1)} ms from here`;
    if (best <= FAST_MS) return ok('round_trip_ok', text);
    const late = `${text}: every bell is late by half of it or more`;
    return best <= SLOW_MS ? warn('round_trip_slow', late, CURE) : fail('round_trip_too_slow', late, CURE);
  },
};
