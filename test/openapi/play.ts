import { createHash } from 'node:crypto';
import { ROUTES } from '../support/answers.ts';
import { startServe } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';
import type { Example } from './example.ts';

// biome-ignore lint/suspicious/noExplicitAny: JSON as it came.
type Json = any;

const KEYS = { office: 'write', board: 'read', ops: 'admin' } as const;
type Key = keyof typeof KEYS;

/** Plays a short story against a service with an embedded database of its own. @returns all that was said */
export async function play(): Promise<Example[]> {
  const keys = Object.entries(KEYS).map(([name, scope]) => `${name}:${scope}:${sha256(secretOf(name))}`);
  const service = await startServe({
    DATA_DIR: 'memory://',

    API_KEYS: keys.join(','),
    INSTANCE_NAME: 'web.1',
  });
  try {
    await service.ready(60_000);
    const recorder = new Recorder(service.url);
    await story(recorder);
    return recorder.examples;
  } finally {
    await service.stop();
  }
}

async function story(on: Recorder): Promise<void> {
  const compilers = {
    title: 'Compilers',
    time_zone: 'Asia/Shanghai',
    stages: [
      { name: 'Proposal', start_date: '2036-12-01T09:00:00+08:00', end_date: '2036-12-08T09:00:00+08:00' },
      { name: 'Final', start_date: '2036-12-08T09:00:00+08:00' },
    ],
    reason: 'The plan of the board, 4 March.',
  };
  for (const operation of ['isAlive', 'isReady']) await on.call(operation, {}, { key: null });
  const created = await on.call('createAssignment', {}, { body: compilers, user: 'li.wei' });
  const [stage] = created.stages;
  const [assignment, proposal] = [{ id: created.id }, { id: stage.id }];
  await on.twice('getAssignment', assignment);
  await on.call('editAssignment', assignment, { body: { title: 'Compilers, autumn' }, ifMatch: '"1"' });
  await on.call('addStage', assignment, { body: { name: 'Exhibition', reason: 'Agreed with the museum.' } });
  const moved = { end_date: '2036-12-10T09:00:00+08:00', reason: 'Two days more for all.' };
  await on.call('editStage', proposal, { body: moved, ifMatch: '"1"' });
  await on.twice('getStage', proposal);
  await on.twice('listStages', {}, { query: '?status=pending&limit=1' });
  await on.twice('listAssignments');
  await on.twice('listBoundaries');
  await on.call('activateStage', proposal, { body: { reason: 'The class is ready.' } });
  await on.call('completeStage', proposal);
  await on.twice('listStageTransitions', proposal);
  await on.twice('listTransitions', {}, { query: '?after=0' });
  await on.twice('listEvents', {}, { query: '?after=0&limit=3' });
  await on.twice('getStageHistory', proposal, { query: '?limit=2' });
  await on.twice('getAssignmentHistory', assignment, { query: '?limit=2' });
  await on.call('getScheduler');
  await on.call('reconcile', {}, { key: 'ops' });
  await on.call('getMetrics');
  await on.twice('listAlerts');
  await kept(on);
  await told(on);
  await keys(on);
  await calendars(on, assignment);
  await refusals(on, assignment, proposal);
  await on.call('deleteStage', proposal, { ifMatch: '"4"', query: '?reason=Given%20up' });
  await on.call('deleteAssignment', assignment);
}

/** What a platform keeps in step with its own. */
async function kept(on: Recorder): Promise<void> {
  const physics = { external_id: 'phys-101' };
  const draft = { external_id: 'draft', name: 'Draft', start_date: '2036-11-01T09:00:00Z' };
  const body = {
    title: 'Physics',
    metadata: { room: 'B 12' },
    stages: [draft, { external_id: 'final', name: 'Final' }],
  };
  const { stages } = await on.call('putAssignment', physics, { body });
  await on.call('putAssignment', physics, { body: { title: 'Physics', stages: [draft], delete_missing: true } });
  await on.twice('getAssignmentByExternalId', physics);
  const edits = [{ id: stages[0].id, if_match: '"1"', start_date: '2036-11-02T09:00:00Z' }];
  await on.call('editStages', {}, { query: '?dry_run=true', body: { edits, reason: 'A day later.' } });
}

/** Who may call. */
async function keys(on: Recorder): Promise<void> {
  const wanted = { name: 'board-2', scope: 'read', expires_at: '2037-09-01T00:00:00Z', reason: 'The hall display.' };
  const { id } = await on.call('createKey', {}, { key: 'ops', body: wanted });
  await on.twice('getKey', { id }, { key: 'ops' });
  await on.twice('listKeys', {}, { key: 'ops' });
  await on.call('revokeKey', { id }, { key: 'ops', query: '?reason=Replaced' });
}

/** Calendar programs have no key. */
async function calendars(on: Recorder, { id }: Json): Promise<void> {
  const office = { name: 'Office', reason: 'For the screen in the hall.' };
  const all = await on.call('createCalendarToken', {}, { body: office });
  const one = await on.call('createCalendarToken', {}, { body: { name: 'Class 3', assignment_id: id } });
  await on.twice('getAssignmentCalendar', { id }, { key: null, query: `?token=${one.token}` });
  await on.twice('getCalendar', {}, { key: null, query: `?token=${all.token}` });
  await on.twice('listCalendarTokens', {}, { query: '?limit=1' });
  await on.call('revokeCalendarToken', { id: all.id });
}

/** Who is told of events. Nobody is there to answer. */
async function told(on: Recorder): Promise<void> {
  const key = 'ops';
  const body = { url: 'https://board.example.org/stagebell', types: ['stage.activated'], after: '0' };
  const { id } = await on.call('createWebhook', {}, { key, body });
  const webhook = { id };
  const [delivery] = await deliveriesOf(on, id);
  await on.call('editWebhook', webhook, { key, body: { state: 'paused' }, ifMatch: '"1"' });
  await on.call('getWebhook', webhook, { key });
  await on.twice('listWebhooks', {}, { key });
  await on.twice('listWebhookDeliveries', webhook, { key, query: '?limit=1' });
  await on.call('retryWebhookDelivery', { ...webhook, delivery_id: delivery.id }, { key });
  await on.call('rotateWebhookSecret', webhook, { key, body: { overlap_seconds: 3600 } });
  await on.call('replayWebhook', webhook, { key, body: { from: delivery.event_id } });
  await on.call('testWebhook', webhook, { key });
  await on.call('deleteWebhook', webhook, { key });
}

/** Once there are any. */
async function deliveriesOf(on: Recorder, id: string): Promise<Json[]> {
  return eventually(
    async () => {
      const { items } = await on.ask(`/v1/webhooks/${id}/deliveries?limit=1`);
      if (items.length === 0 || items[0].attempts === 0) throw new Error('there is no delivery yet');
      return items;
    },
    { timeoutMs: 30_000 },
  );
}

/** One of each that can be had from a service that is well. */
async function refusals(on: Recorder, assignment: Json, proposal: Json): Promise<void> {
  const nowhere = { id: '00000000-0000-4000-8000-000000000000' };
  const nearly = { title: 'Compilers', stages: [{ name: '', start_date: '2036-12-01T09:00' }] };
  await on.call('getStage', proposal, { key: null });
  await on.call('editStage', proposal, { key: 'board', body: { name: 'Draft' } });
  await on.call('getStage', nowhere);
  await on.call('completeStage', proposal);
  await on.call('editStage', proposal, { ifMatch: '"1"', body: { name: 'Draft' } });
  await on.call('editStage', proposal, { ifMatch: '1', body: { name: 'Draft' } });
  await on.call('createAssignment', {}, { body: nearly });
  await on.call('createAssignment', {}, { text: '{"title": "Compilers"' });
  await on.call('createAssignment', {}, { text: '' });
  await on.call('createAssignment', {}, { body: compact, user: '%FF' });
  await on.call('addStage', assignment, { ifMatch: '"1"', body: { name: 'Draft' } });
  await on.call('createAssignment', {}, { body: compact, type: 'text/plain' });
  await on.call('createAssignment', {}, { text: JSON.stringify({ title: 'x'.repeat(1024 * 1024) }) });
}

const compact = { title: 'Compilers' };

interface Asked {
  /** null: none. */
  key?: Key | null;
  body?: unknown;
  /** Instead of a body: as it is. */
  text?: string;
  type?: string;
  query?: string;
  ifMatch?: string;
  ifNoneMatch?: string;
  user?: string;
}

class Recorder {
  readonly examples: Example[] = [];
  readonly #url: string;
  #etag = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** The second time by somebody who has it already. */
  async twice(operation: string, params: Record<string, string> = {}, asked: Asked = {}): Promise<void> {
    await this.call(operation, params, asked);
    await this.call(operation, params, { ...asked, ifNoneMatch: this.#etag });
  }

  /** Asked by the way: it is no example. */
  async ask(target: string): Promise<Json> {
    return (await fetch(this.#url + target, { headers: { authorization: `Bearer ${secretOf('ops')}` } })).json();
  }

  /** @returns the body of the answer */
  async call(operation: string, params: Record<string, string> = {}, asked: Asked = {}): Promise<Json> {
    const route = ROUTES.find((one) => one.operation === operation);
    if (route === undefined) throw new Error(`There is no operation ${operation}`);
    const { key = 'office', body, text, type = 'application/json', query = '' } = asked;
    const target = route.path.replaceAll(/:(\w+)/g, (_, name) => params[name] ?? '') + query;
    const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers = {
      ...(key === null ? {} : { authorization: `Bearer ${secretOf(key)}` }),
      ...(sent === undefined ? {} : { 'content-type': type }),
      ...(asked.ifMatch === undefined ? {} : { 'if-match': asked.ifMatch }),
      ...(asked.ifNoneMatch === undefined ? {} : { 'if-none-match': asked.ifNoneMatch }),
      ...(asked.user === undefined ? {} : { 'on-behalf-of': asked.user }),
    };
    const method = route.method.toUpperCase();
    const answer = await fetch(this.#url + target, { method, headers, ...(sent === undefined ? {} : { body: sent }) });
    this.#etag = answer.headers.get('etag') ?? '';
    const said = await answer.text();
    const response = shown(masked(said), answer.headers.get('content-type') ?? '');
    const request = body === undefined ? {} : { request: body };
    const code = answer.status >= 400 && response.code !== undefined ? { code: response.code } : {};
    this.examples.push({
      operation,
      method,
      target: masked(target),
      ...request,
      status: answer.status,
      ...code,
      response,
    });
    return typeof response === 'object' && said !== '' ? JSON.parse(said) : response;
  }
}

/** What looks like a secret would be taken for one. */
const masked = (text: string): string =>
  text.replaceAll(/\b(sb|sbcal|whsec)_[\w+/-]{43}=?/g, (_, prefix) => `${prefix}_${'x'.repeat(43)}`);

/** Of a long text only how it begins. */
function shown(text: string, type: string): Json {
  if (text === '') return null;
  if (!type.includes('json')) return text.split('\n').slice(0, 8).join('\n');
  const body = JSON.parse(text);
  // On which machine it was played is of no interest.
  for (const instance of body.instances ?? []) instance.host = 'web-1';
  if (body.url !== undefined) body.url = body.url.replace(/^http:\/\/[^/]+/, 'https://courses.example.org');
  return body;
}

const secretOf = (name: string): string => `secret of ${name}`.replaceAll(' ', '-');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
