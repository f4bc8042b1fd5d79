import type { HttpOptions } from '../options.ts';
import type { Streams } from '../stream/streams.ts';
import { alertRoutes } from './alerts.ts';
import { assignmentRoutes } from './assignments.ts';
import { bulkStageRoutes } from './bulk-stages.ts';
import { calendarRoutes } from './calendar.ts';
import { calendarTokenRoutes } from './calendar-tokens.ts';
import { descriptionRoutes } from './description.ts';
import { eventRoutes } from './events.ts';
import { externalRoutes } from './external.ts';
import { keyRoutes } from './keys.ts';
import { probeRoutes } from './probes.ts';
import { scheduleRoutes } from './schedule.ts';
import { schedulerRoutes } from './scheduler.ts';
import { stageActionRoutes } from './stage-actions.ts';
import { stageRoutes } from './stages.ts';
import { transitionRoutes } from './transitions.ts';
import { webhookActionRoutes } from './webhook-actions.ts';
import { webhookDeliveryRoutes } from './webhook-deliveries.ts';
import { webhookRoutes } from './webhooks.ts';

export interface RouteOptions extends HttpOptions {
  streams: Streams;
}

/** Every route of the service. Clients infer the types of their calls from it. */
const allRoutes = (options: RouteOptions) => [
  ...probeRoutes(options),
  // Before assignmentRoutes, whose paths would match these too.
  ...externalRoutes(options),
  ...assignmentRoutes(options),
  ...stageRoutes(options),
  ...bulkStageRoutes(options),
  ...stageActionRoutes(options),
  ...transitionRoutes(options),
  ...eventRoutes(options),
  ...webhookRoutes(options),
  ...webhookActionRoutes(options),
  ...webhookDeliveryRoutes(options),
  ...scheduleRoutes(options),
  ...schedulerRoutes(options),
  ...keyRoutes(options),
  ...alertRoutes(options),
  ...calendarRoutes(options),
  ...calendarTokenRoutes(options),
];

export type ApiRoute = ReturnType<typeof allRoutes | typeof descriptionRoutes>[number];

/** Everything that an instance with this role serves. */
export function routesOf(options: RouteOptions): ApiRoute[] {
  const routes = options.role === 'clock' ? probeRoutes(options) : allRoutes(options);
  return [...routes, ...descriptionRoutes(routes, options)];
}
