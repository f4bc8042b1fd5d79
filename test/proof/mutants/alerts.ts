import { type Mutant, tests } from './mutant.ts';

const NINTH = 'src/db/migrations/0009-alerts';

/** Sabotage of what operators are told. */
export const ALERTS: readonly Mutant[] = [
  {
    name: 'an alert that each instance raises anew',
    breaks: 'an alert is raised once, whichever of twenty instances notices',
    file: `${NINTH}/raising.ts`,
    find: 'IF resolved >= began AND NOT',
    replace: 'IF false AND NOT',
    caughtBy: tests('db/alerts', 'notices late'),
  },
  {
    name: 'an alert that is resolved while another instance reports it',
    breaks: 'an alert about a part is resolved after the last one is well',
    file: `${NINTH}/raising.ts`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source of a template
    find: 'AND (asking IS NULL OR NOT ${s}.is_reported(of_kind, asking))',
    replace: '',
    caughtBy: tests('db/alerts', 'another live instance'),
  },
  {
    name: 'two instances that wait for each other to be well',
    breaks: 'an alert about a part is resolved at last',
    file: 'src/alerts/part-alerts.ts',
    find: 'this.#over.set(part, this.#o.clock.monoMs());',
    replace: 'this.#o.book.resolvePart(part, this.#o.clock.monoMs(), this.#o.id);',
    caughtBy: tests('alerts/alerting', 'on two instances'),
  },
  {
    name: 'an alert that is forgotten while the database is away',
    breaks: 'what cannot be written is written later, with its instants',
    file: 'src/alerts/alert-book.ts',
    find: 'page.waitsUntilMs = clock.monoMs() + backoff.next();',
    replace: 'this.#pages.delete(key);',
    caughtBy: tests('alerts/alerting', 'keeps what cannot be written'),
  },
  {
    name: 'a page that leaves out alerts',
    breaks: 'alerts stand in the one order of events',
    file: 'src/events/read-page.ts',
    find: 'if (before.length === 0) return',
    replace: 'if (before.length >= 0) return',
    caughtBy: tests('db/alerts', 'one order of events'),
  },
];
