import { z } from 'zod';
import { NotFoundError } from '../../base/errors.ts';
import { readAlert, readAlerts } from '../../db/read/alerts.ts';
import type { Alert } from '../../domain/alert.ts';
import { presentAlert } from '../../events/present-event.ts';
import { cursorOf } from '../cursor.ts';
import type { HttpOptions } from '../options.ts';
import { pageOf } from '../page.ts';
import { route } from '../route.ts';
import { byId, limit, sortKeyMs, uuid } from '../schema/asked.ts';
import { pageOf as pageSchema } from '../schema/output.ts';
import { alert } from '../schema/output-record.ts';
import { KNOWN } from './known.ts';

const cursors = cursorOf('alerts', z.object({ raisedMs: sortKeyMs, id: uuid }));
const cursorFor = ({ raisedMs, id }: Alert) => cursors.encode({ raisedMs, id });

const state = z.enum(['open', 'resolved', 'all']).default('open').meta({
  description: 'open: those that last. resolved: those that are over.',
});
const kind = z
  .string()
  .regex(/^[a-z_]{1,60}$/, 'must be a kind of alert, such as no_leader')
  .optional()
  .meta({ description: 'Only of this kind.' });

export const alertRoutes = ({ database }: HttpOptions) => [
  route({
    method: 'get',
    path: '/v1/alerts',
    operation: 'listAlerts',
    tag: 'Service',
    scope: 'read',
    summary: 'What operators should know, the latest first',
    query: z.strictObject({ state, kind, limit, cursor: cursors.schema }),
    responses: { 200: { description: 'A page of alerts.', body: pageSchema(alert, 'AlertPage') }, 304: KNOWN },
    async handle({ query }) {
      const { state, kind, limit, cursor } = query;
      const wanted = { ...(state === 'all' ? {} : { isOpen: state === 'open' }), kind, after: cursor };
      const rows = await readAlerts(database.em(), { ...wanted, limit: limit + 1 });
      return { status: 200, body: pageOf(rows, limit, presentAlert, cursorFor) };
    },
  }),
  route({
    method: 'get',
    path: '/v1/alerts/:id',
    operation: 'getAlert',
    tag: 'Service',
    scope: 'read',
    summary: 'One alert, open or resolved',
    params: byId,
    responses: { 200: { description: 'The alert.', body: alert }, 304: KNOWN },
    async handle({ params }) {
      const found = await readAlert(database.em(), params.id);
      if (found === null) throw new NotFoundError('alert', params.id);
      return { status: 200, body: presentAlert(found) };
    },
  }),
];
