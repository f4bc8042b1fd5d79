import { type Check, type Finding, fail, ok } from './check.ts';

/** A host whose clock is this far from the database's shows wrong times in its own logs. */
const MOST_OFFSET_MS = 1000;
const CURE = "set its clock (NTP); bells are not affected, because they follow the database's clock";

/** This host's clock, and the clocks that the instances reported. */
export const clock: Check = {
  name: 'clock',
  needs: 'database',
  async run({ db, clock, instances }) {
    const beforeMs = clock.wallMs();
    const [row] = await db.query<{ now: number }>({
      name: 'clock',
      text: 'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
    });
    const here = (row?.now ?? 0) - (beforeMs + clock.wallMs()) / 2;
    const findings: Finding[] = instances.flatMap(({ name, clockOffsetMs }) =>
      clockOffsetMs !== null && Math.abs(clockOffsetMs) > MOST_OFFSET_MS
        ? [fail('clock_of_instance', `on the host of ${name} ${inWords(clockOffsetMs)}`, CURE)]
        : [],
    );
    const text = `on this host ${inWords(here)}`;
    const mine = Math.abs(here) > MOST_OFFSET_MS ? fail('clock_of_this_host', text, CURE) : ok('clock_ok', text);
    return [mine, ...findings];
  },
};

const inWords = (offsetMs: number): string =>
  `the database is ${Math.abs(offsetMs).toFixed(1)} ms ${offsetMs < 0 ? 'behind' : 'ahead'}`;
