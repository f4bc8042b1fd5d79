import { type Mutant, tests } from './mutant.ts';

const ROOM = 'src/webhooks';

/** Sabotage of webhooks: who delivers, what is sent, and where to. */
export const WEBHOOKS: readonly Mutant[] = [
  {
    name: 'an outcome that is written by whoever has it',
    breaks: 'only the instance that delivers writes what became of it',
    file: `${ROOM}/parcels.ts`,
    find: 'FROM webhook WHERE id = $1::uuid AND owner = $2::uuid FOR UPDATE',
    replace: 'FROM webhook WHERE id = $1::uuid AND $2::uuid IS NOT NULL FOR UPDATE',
    caughtBy: tests('webhooks/two-instances', 'nothing it then says counts'),
  },
  {
    name: 'a lease that nobody respects',
    breaks: 'one instance delivers at a time',
    file: `${ROOM}/claims.ts`,
    find: '(owner = $1::uuid OR owned_until IS NULL OR owned_until <= clock_timestamp())',
    replace: '(owner = $1::uuid OR true)',
    caughtBy: tests('webhooks/two-instances'),
  },
  {
    name: 'a cursor that moves by itself',
    breaks: 'deliveries and the cursor are written in one transaction, or not at all',
    file: `${ROOM}/stretch.ts`,
    find: 'const last = wanted[parcels.length - 1];',
    replace: 'parcels.pop(); const last = undefined as RecordedEvent | undefined;',
    caughtBy: tests('webhooks/delivery', 'get each event once'),
  },
  {
    name: 'an address that is checked by its first connection only',
    breaks: 'a name that resolves to a private address the second time gains nothing',
    file: `${ROOM}/sender.ts`,
    find: 'if (fault !== undefined || first === undefined) {',
    replace: 'if (first === undefined) {',
    caughtBy: tests('webhooks/hostile', 'the second time'),
  },
  {
    name: 'a deadline for silence only',
    breaks: 'an endpoint that sends a byte now and then is cut off',
    file: `${ROOM}/sender.ts`,
    find: 'const timer = clock.after(this.#deadlineMs, () => cut({ ...heard, error: late }));',
    replace:
      'const timer = clock.after(this.#deadlineMs, () => heard.status === undefined && cut({ ...heard, error: late }));',
    caughtBy: tests('webhooks/hostile', 'at its deadline'),
  },
  {
    name: 'a dead endpoint that gets everything again and again',
    breaks: 'an endpoint that fails is tried with one at a time',
    file: `${ROOM}/standing.ts`,
    find: 'return this.isLeftAlone ? 0 : this.isProbed ? 1 : this.#window;',
    replace: 'return this.isLeftAlone ? 0 : MOST_WINDOW;',
    caughtBy: tests('webhooks/delivery', 'leave a dead endpoint alone'),
  },
  {
    name: "an order that is nobody's",
    breaks: 'events about one stage are sent one after the other',
    file: `${ROOM}/bag.ts`,
    find: 'this.#abouts.has(about)',
    replace: 'false && this.#abouts.has(about)',
    caughtBy: tests('webhooks/delivery', 'get each event once'),
  },
];
