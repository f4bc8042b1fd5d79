import { z } from 'zod';
import { uuid } from './asked.ts';
import { instant, parseInstant } from './instant.ts';
import { listed } from './list.ts';

/** What the queries of lists have in common. */

/** More would make the URL too long for some proxies. */
const MOST_IDS = 200;

/** Ids, separated by commas; each counts once. null when not given. */
export const ids = listed(uuid, MOST_IDS, 'ids', '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}');

/** A plus in a query means a blank. */
const LOST_PLUS = /\d \d\d:\d\d$/;

/** Epoch milliseconds; null when not given. */
export const instantMs = z
  .string()
  .superRefine((text, context) => {
    if (LOST_PLUS.test(text) && typeof parseInstant(text.replace(/ (?=\d\d:\d\d$)/, '+')) === 'number') {
      const written = text.replace(/ (?=\d\d:\d\d$)/, '%2B');
      const message = `'${text}' has a blank where its + was, which must be written %2B in a URL: write ${written}`;
      context.addIssue({ code: 'custom', message, continue: false });
    }
  })
  .pipe(instant)
  .optional()
  .transform((given) => given?.ms ?? null)
  .meta({
    override: { type: 'string', format: 'date-time' },
    description: 'RFC 3339 with an offset; + is written %2B.',
  });

/** Whether the edit is only shown and then undone. */
export const dryRun = z
  .enum(['true', 'false'])
  .optional()
  .transform((given) => given === 'true')
  .meta({
    override: { type: 'string', enum: ['true', 'false'] },
    description: 'true: does everything, shows it, and undoes it.',
  });
