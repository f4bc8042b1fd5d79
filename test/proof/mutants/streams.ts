import { type Mutant, tests } from './mutant.ts';

/** Sabotage of live streams of events. */
export const STREAMS: readonly Mutant[] = [
  {
    name: 'a stream that joins where the ring has a gap',
    breaks: 'a reader that comes back misses nothing',
    file: 'src/events/ring.ts',
    find: 'return comparePlaces(place, this.#from) >= 0 && comparePlaces(place, this.#to) <= 0;',
    replace: 'return comparePlaces(place, this.#to) <= 0;',
    caughtBy: tests('events/hub', 'missed where the record was pruned'),
  },
  {
    name: 'a stream that gets the last event of its chunk again',
    breaks: 'a stream has each event once',
    file: 'src/events/ring.ts',
    find: 'comparePlaces(frame.place, place) <= 0) low',
    replace: 'comparePlaces(frame.place, place) < 0) low',
    caughtBy: tests('events/hub', 'once and in order'),
  },
  {
    name: 'a stage that is followed only where it is now',
    breaks: 'a filtered stream has what a filtered page has',
    file: 'src/events/frame.ts',
    find: "if (typeof left === 'string')",
    replace: "if (typeof left === 'number')",
    caughtBy: tests('events/hub', 'by filters what pages give'),
  },
  {
    name: 'a reader that may take nothing for ever',
    breaks: 'a reader that takes nothing is cut off',
    file: 'src/events/broadcast.ts',
    find: 'if (reader.hasStalled()) return this.#cutOff(reader);',
    replace: '',
    caughtBy: tests('events/hub', 'readers that take nothing'),
  },
  {
    name: 'a stream that begins where its URL says',
    breaks: 'the stream begins where the client was, whatever its URL says',
    file: 'src/http/stream/start-place.ts',
    find: "if (last === '') return",
    replace: "if (last === '' || after !== null) return",
    caughtBy: tests('http/stream', 'behind Last-Event-ID'),
  },
  {
    name: 'a revoked key whose streams go on',
    breaks: 'a revoked key ends its streams',
    file: 'src/http/stream/key-watch.ts',
    find: 'error.status === 401 || error.status === 403',
    replace: 'error.status === 403',
    caughtBy: tests('http/stream', 'key is revoked'),
  },
];
