import { causeOf } from '../base/errors.ts';

/** Our own functions, as PostgreSQL names them in the context of an error. */
const OURS = new RegExp(
  `\\b(${[
    'stage_(derive|notify|status|say|try)',
    'assignment_(touch|change)',
    'edit_(record|author)',
    'change_record|is_put_off|commits_or_puts_off|put_off|place_changes|record_(settled|goes_on|truncate)|mend_record_ids',
    'leadership_say|batch_(gate|chosen)|shut_gate|transition_gate|refuse_strangers|may_record',
    'raise_alert|resolve_alert|place_alert|is_reported',
    'notify_queue_usage|time_ordered_uuid|inline_code_block',
  ].join('|')})\\b`,
);
/** Shortages and failures of the server itself, whoever's code runs into them. */
const OF_THE_SERVER = /^(40|53|57|XX|55P03)/;

/**
 * Whether an error was raised by code that others have attached to our tables: an audit trigger, or a foreign table on
 * a server that is away. Its error code is then about their business, not about our database: a connection refused in
 * there is not ours.
 */
export function isRaisedByOthers(error: unknown): boolean {
  const { code, where } = (error ?? {}) as { code?: unknown; where?: unknown };
  if (typeof code === 'string' && typeof where === 'string' && where !== '') {
    // The innermost function comes first. Messages in other languages lack these words; then the first line decides.
    const lines = where.split('\n');
    const place = lines.find((line) => /function |remote SQL command/.test(line)) ?? lines[0] ?? '';
    return !OURS.test(place) && !OF_THE_SERVER.test(code);
  }
  const cause = causeOf(error);
  return cause !== null && isRaisedByOthers(cause);
}
