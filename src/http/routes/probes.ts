import type { HttpOptions } from '../options.ts';
import { type Route, route } from '../route.ts';

/** For those who watch: served in every role. */
export const probeRoutes = ({ view, metrics, security }: HttpOptions): Route[] => [
  route({
    method: 'get',
    path: '/livez',
    scope: null,
    isLenient: true,
    summary: 'The process is alive',
    handle({ ctx }) {
      ctx.body = { status: 'alive' };
    },
  }),
  route({
    method: 'get',
    path: '/readyz',
    scope: null,
    isLenient: true,
    summary: 'Database, schema and leadership are known; 503 and reasons otherwise',
    handle({ ctx }) {
      const reasons = view.notReady;
      if (reasons.length === 0) {
        ctx.body = { status: 'ready', degraded: view.troubles.map(({ part }) => part) };
        return;
      }
      ctx.status = 503;
      ctx.set('Retry-After', '1');
      ctx.body = { status: 'unavailable', reasons };
    },
  }),
  route({
    method: 'get',
    path: '/metrics',
    scope: security.metricsOpen ? null : 'read',
    isLenient: true,
    summary: 'Prometheus text',
    async handle({ ctx }) {
      const text = await metrics.render();
      ctx.set('Content-Type', metrics.contentType);
      ctx.body = text;
    },
  }),
];
