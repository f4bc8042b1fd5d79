import { type Mutant, tests } from './mutant.ts';

/** Sabotage of what people open: pages, calendars, and addresses behind a path. */
export const PAGES: readonly Mutant[] = [
  {
    name: 'a calendar for a revoked token',
    breaks: 'a token that was revoked opens nothing, on any instance',
    file: 'src/db/read/calendar-tokens.ts',
    find: 'sha256 = ? AND revoked_at IS NULL AND',
    replace: 'sha256 = ? AND',
    caughtBy: tests('http/calendar', 'own token'),
  },
  {
    name: 'any calendar for any token',
    breaks: 'a token opens one feed',
    file: 'src/db/read/calendar-tokens.ts',
    find: 'assignment_id IS NOT DISTINCT FROM ?::uuid',
    replace: '(?::uuid IS NULL OR true)',
    caughtBy: tests('http/calendar', 'own token'),
  },
  {
    name: 'deleted stages left in calendars',
    breaks: 'a deletion is told to calendars',
    file: 'src/calendar/feed.ts',
    find: 'const cancelled = await readCancelled(em, assignmentId, MOST_CANCELLED);',
    replace: 'const cancelled: never[] = [];',
    caughtBy: tests('http/calendar', 'what becomes of them'),
  },
  {
    name: 'scripts inline',
    breaks: 'a page runs no script but ours',
    file: 'src/http/pages/serve-page.ts',
    find: "script-src 'self'",
    replace: "script-src 'self' 'unsafe-inline'",
    caughtBy: tests('http/docs', 'no script'),
  },
  {
    name: 'addresses without the path in front',
    breaks: 'behind a path, answers say where things are from outside',
    file: 'src/http/middleware/base-path.ts',
    find: "ctx.set('Location', base + location)",
    replace: "ctx.set('Location', location)",
    caughtBy: tests('http/base-path', 'from outside'),
  },
];
