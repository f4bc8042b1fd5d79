import { z } from 'zod';
import type { HttpOptions } from '../options.ts';
import { route } from '../route.ts';
import { alive, ready, unavailable } from '../schema/output-service.ts';

/** For monitors: served in every role. */
export const probeRoutes = ({ view, metrics, security }: HttpOptions) => [
  route({
    method: 'get',
    path: '/livez',
    operation: 'isAlive',
    tag: 'Service',
    scope: null,
    isLenient: true,
    summary: 'The process is alive',
    responses: { 200: { description: 'It is.', body: alive } },
    handle() {
      return { status: 200, body: { status: 'alive' } };
    },
  }),
  route({
    method: 'get',
    path: '/readyz',
    operation: 'isReady',
    tag: 'Service',
    scope: null,
    isLenient: true,
    summary: 'Database, schema and leadership are known; 503 and reasons otherwise',
    responses: {
      200: { description: 'Send it requests.', body: ready },
      503: { description: 'Send it none, for these reasons.', body: unavailable, headers: ['Retry-After'] },
    },
    handle() {
      const reasons = view.notReady;
      if (reasons.length > 0) {
        return { status: 503, headers: { 'Retry-After': '1' }, body: { status: 'unavailable', reasons } };
      }
      return { status: 200, body: { status: 'ready', degraded: view.troubles.map(({ part }) => part) } };
    },
  }),
  route({
    method: 'get',
    path: '/metrics',
    operation: 'getMetrics',
    tag: 'Service',
    scope: security.metricsOpen ? null : 'read',
    isLenient: true,
    summary: 'Prometheus text',
    responses: {
      200: { description: 'The metrics.', body: z.string(), mediaType: 'text/plain', headers: ['Content-Type'] },
    },
    async handle() {
      return { status: 200, headers: { 'Content-Type': metrics.contentType }, body: await metrics.render() };
    },
  }),
];
