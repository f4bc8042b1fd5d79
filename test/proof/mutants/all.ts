import { ALERTS } from './alerts.ts';
import { CALLERS } from './callers.ts';
import { CONNECTIONS } from './connections.ts';
import { DATABASE } from './database.ts';
import { EMBEDDED } from './embedded.ts';
import { HTTP } from './http.ts';
import { LEADING } from './leading.ts';
import type { Mutant } from './mutant.ts';
import { NEMESES } from './nemeses.ts';
import { PAGES } from './pages.ts';
import { RECORD } from './record.ts';
import { SCHEDULING } from './scheduling.ts';
import { STREAMS } from './streams.ts';
import { SUCCESSIONS } from './succession.ts';
import { TIMERS } from './timers.ts';
import { TOOLS } from './tools.ts';
import { TRIGGERS } from './triggers.ts';
import { WEBHOOKS } from './webhooks.ts';

export const MUTANTS: readonly Mutant[] = [
  ...DATABASE,
  ...TRIGGERS,
  ...TIMERS,
  ...SCHEDULING,
  ...LEADING,
  ...SUCCESSIONS,
  ...HTTP,
  ...CALLERS,
  ...EMBEDDED,
  ...TOOLS,
  ...CONNECTIONS,
  ...NEMESES,
  ...RECORD,
  ...ALERTS,
  ...STREAMS,
  ...PAGES,
  ...WEBHOOKS,
];
