import { Agent, request } from 'node:http';
import { look } from '../../../support/answer-watch.ts';
import type { WrittenStage } from '../../checker/history.ts';
import type { Instance } from '../instance.ts';
import type { Answer, Edit, NewStage, Writer } from './edit.ts';

/** As long as a client of an education platform would wait. */
const PATIENCE_MS = 3000;

const dateOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());
const datesOf = ({ startMs, endMs }: WrittenStage) => ({ start_date: dateOf(startMs), end_date: dateOf(endMs) });

/** Writes through one instance. */
export class HttpWriter implements Writer {
  readonly name: string;
  readonly #instance: Instance;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(instance: Instance) {
    this.name = instance.name;
    this.#instance = instance;
  }

  async write(edit: Edit): Promise<Answer> {
    switch (edit.kind) {
      case 'create':
        return this.#create(edit.stages);
      case 'edit':
        return this.#send('PATCH', `/v1/stages/${edit.stage.id}`, datesOf(edit.stage));
      case 'rename':
        return this.#send('PATCH', `/v1/stages/${edit.stage.id}`, { name: edit.name });
      case 'delete':
        return this.#send('DELETE', `/v1/stages/${edit.stage.id}`);
    }
  }

  async #create(stages: readonly NewStage[]): Promise<Answer> {
    const body = { title: 'chaos', stages: stages.map((stage) => ({ name: stage.name, ...datesOf(stage) })) };
    const answer = await this.#send('POST', '/v1/assignments', body);
    if (answer.outcome !== 'ok') return answer;
    const { stages: created } = JSON.parse(answer.body) as { stages: { id: string; name: string }[] };
    const idOf = new Map(created.map(({ id, name }) => [name, id]));
    return { outcome: 'ok', ids: stages.map(({ name }) => idOf.get(name) ?? '') };
  }

  /** Anything but an answer below 500 leaves open what happened; no connection, no request. */
  #send(method: string, path: string, body?: object): Promise<Answer & { body: string }> {
    return new Promise((resolve) => {
      const { port } = this.#instance;
      if (port === null) return resolve({ outcome: 'refused', body: '' });
      const sent = request({
        ...{ host: '127.0.0.1', port, method, path, agent: this.#agent },
        headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      sent.on('error', (error: NodeJS.ErrnoException) =>
        resolve({ outcome: error.code === 'ECONNREFUSED' ? 'refused' : 'maybe', body: '' }),
      );
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('error', () => resolve({ outcome: 'maybe', body: '' }));
        response.on('end', () => {
          const { statusCode: status = 500, headers } = response;
          look({
            method,
            target: path,
            status,
            header: (name) => headers[name.toLowerCase()]?.toString() ?? null,
            text,
          });
          resolve({ outcome: outcomeOf(status), body: text });
        });
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }
}

function outcomeOf(status: number): Answer['outcome'] {
  if (status < 300) return 'ok';
  return status < 500 ? 'refused' : 'maybe';
}
