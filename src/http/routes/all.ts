import type { HttpOptions } from '../options.ts';
import type { Route } from '../route.ts';
import { assignmentRoutes } from './assignments.ts';
import { eventRoutes } from './events.ts';
import { probeRoutes } from './probes.ts';
import { scheduleRoutes } from './schedule.ts';
import { schedulerRoutes } from './scheduler.ts';
import { stageActionRoutes } from './stage-actions.ts';
import { stageRoutes } from './stages.ts';
import { transitionRoutes } from './transitions.ts';

/** Everything that an instance with this role serves. */
export function routesOf(options: HttpOptions): Route[] {
  if (options.role === 'clock') return probeRoutes(options);
  const groups = [
    probeRoutes,
    assignmentRoutes,
    stageRoutes,
    stageActionRoutes,
    transitionRoutes,
    eventRoutes,
    scheduleRoutes,
    schedulerRoutes,
  ];
  return groups.flatMap((group) => group(options));
}
