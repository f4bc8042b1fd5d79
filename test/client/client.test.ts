import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import type * as Client from '../../src/client/index.ts';
import { suiteApi } from '../http/support.ts';
import { buildClient } from '../support/client.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { runTool } from '../support/tool.ts';

const BUILT = new URL('../../dist/client/index.js', import.meta.url).href;
const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;

/** As others use it: the module that is published. */
describe('The client', function () {
  this.timeout(60_000);
  const api = suiteApi();
  let client: typeof Client;
  let stagebell: Client.Stagebell;
  before(async () => {
    await buildClient();
    client = await import(BUILT);
    stagebell = client.createClient({ url: api.url, retries: 2 });
  });

  /** Serves what `answer` does until the test ends. */
  const servers = new Set<ReturnType<typeof createServer>>();
  const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
    const server = createServer(answer);
    servers.add(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  afterEach(async () => {
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    servers.clear();
  });
  const fails = async (call: Promise<unknown>): Promise<Error> => {
    const error = await call.then(
      () => null,
      (error: Error) => error,
    );
    expect(error, 'it did not fail').not.to.equal(null);
    return error as Error;
  };

  it('has types that need nothing else, and refuse what the service would', async () => {
    const folder = temporaryFolder('consumer');
    try {
      const file = join(folder.path, 'consumer.mts');
      const from = fileURLToPath(new URL('../../dist/client/index.js', import.meta.url));
      writeFileSync(
        file,
        `import { createClient } from '${from}';
const stagebell = createClient({ url: 'https://example.edu' });
export const title: string = (await stagebell.getAssignment({ params: { id: '1' } })).title;
// @ts-expect-error
await stagebell.createAssignment({ body: { titel: 'x' } });
// @ts-expect-error
for await (const event of stagebell.all('getAssignment', { params: { id: '1' } })) console.log(event);
for await (const { type, data } of stagebell.events()) if (type === 'stage.completed') console.log(data.transition.lateness_ms);
`,
      );
      const lib = ['--target', 'es2024', '--lib', 'es2024,dom,dom.iterable', '--module', 'nodenext', '--types', ''];
      const options = [...lib, '--strict', '--noEmit', '--ignoreConfig', '--skipLibCheck', 'false'];
      const { code, said } = await runTool('tsc', [...options, file]);
      expect(code, said).to.equal(0);
    } finally {
      folder.remove();
    }
  });

  it('calls, and throws what is refused as what it is', async () => {
    const { id, stages } = await stagebell.createAssignment({
      body: { title: 'Essay', stages: [{ name: 'Draft', start_date: '2100-01-01T00:00:00Z' }] },
    });
    const stage = { params: { id: stages[0]?.id ?? '' } };
    const edited = await stagebell.editStage({ ...stage, body: { name: 'First draft' }, ifMatch: 1 });
    expect([edited.name, edited.version]).to.deep.equal(['First draft', 2]);
    const stale = await fails(stagebell.editStage({ ...stage, body: { name: 'x' }, ifMatch: 1 }));
    expect(stale).to.be.instanceOf(client.StaleVersionError);
    const wrong = (await fails(
      stagebell.editStage({ ...stage, body: { end_date: 'soon' } }),
    )) as Client.ValidationError;
    expect(wrong).to.be.instanceOf(client.ValidationError);
    expect(wrong.faults.map(({ pointer }) => pointer)).to.deep.equal(['/end_date']);
    const known = await stagebell.full('getStage', { ...stage, ifNoneMatch: '"2"' });
    expect([known.status, known.body]).to.deep.equal([304, undefined]);
    expect(await stagebell.deleteAssignment({ params: { id } })).to.equal(undefined);
    const gone = (await fails(stagebell.getStage(stage))) as Client.NotFoundError;
    expect([gone.name, gone.code, gone.status]).to.deep.equal(['NotFoundError', 'not_found', 404]);
  });

  it('goes through all pages of a list', async () => {
    for (const title of ['a', 'b', 'c']) await stagebell.createAssignment({ body: { title: `page ${title}` } });
    const titles: string[] = [];
    for await (const { title } of stagebell.all('listAssignments', {
      query: { title: 'page ', limit: 1, order: 'title' },
    })) {
      titles.push(title);
    }
    expect(titles).to.deep.equal(['page a', 'page b', 'page c']);
  });

  it('tries again what may be sent twice, on the next instance', async () => {
    const asked: string[] = [];
    const broken = await serve(({ method, headers }, response) => {
      asked.push(`${method} ${headers['idempotency-key'] ?? ''}`);
      response.destroy();
    });
    const two = client.createClient({ url: [broken, api.url] });
    expect((await two.createAssignment({ body: { title: 'once' }, idempotencyKey: 'k1' })).title).to.equal('once');
    expect(asked).to.deep.equal(['POST k1']);
    const back = client.createClient({ url: broken });
    expect(await fails(back.editStage({ params: { id: 'x' }, body: {} }))).to.be.instanceOf(client.ConnectionError);
    expect(asked.slice(1)).to.deep.equal(['PATCH ']);
  });

  it('waits as long as it is asked to, and says who answered if it was not the service', async () => {
    let asked = 0;
    const busy = await serve((_, response) => {
      asked += 1;
      response.writeHead(503, { 'retry-after': '0', 'content-type': 'application/problem+json' });
      response.end(
        '{"type":"about:blank","title":"x","status":503,"code":"overloaded","detail":"Busy.","request_id":"r1"}',
      );
    });
    const error = await fails(client.createClient({ url: busy, retries: 2 }).isReady());
    expect([error.name, (error as Client.UnavailableError).requestId, asked]).to.deep.equal([
      'UnavailableError',
      'r1',
      3,
    ]);
    const proxy = await serve((_, response) => response.writeHead(404).end('<h1>nginx</h1>'));
    const stranger = await fails(client.createClient({ url: proxy }).isReady());
    expect(stranger.message).to.match(/answered 404, and not by Stagebell/);
  });

  it('follows events over connections that break, each once', async () => {
    const asked: unknown[] = [];
    const event = (n: number): string => `id: ${n}\nevent: stage.edited\ndata: {"id":"${n}"}\n\n`;
    const answers = [`retry: 1\n\n${event(1)}${event(2).slice(0, 20)}`, `${event(2)}id: 7\n\n`, event(8)];
    const url = await serve(({ url, headers }, response) => {
      asked.push([headers['last-event-id'], new URL(url ?? '', 'http://x').searchParams.get('types')]);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(answers[asked.length - 1] ?? '', () => response.end());
    });
    const seen: string[] = [];
    const progress: string[] = [];
    const types = ['stage.edited', 'stage.completed'] as const;
    const onProgress = (id: string): unknown => progress.push(id);
    for await (const { id } of client.createClient({ url }).events({ after: '0', types, onProgress })) {
      seen.push(id);
      if (id === '8') break;
    }
    expect(seen).to.deep.equal(['1', '2', '8']);
    expect(progress).to.deep.equal(['1', '2', '7']);
    expect(asked).to.deep.equal(['0', '1', '7'].map((after) => [after, 'stage.edited,stage.completed']));
  });

  it('does not hide that events were lost, nor that it may not read them', async () => {
    const stale = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: stale\nid: 9\ndata: {"code":"events_pruned","detail":"Gone.","resume_at":"9"}\n\n');
    });
    const lost = await fails(client.createClient({ url: stale }).events({ after: '3' }).next());
    expect([lost.name, (lost as Client.LostPlaceError).resumeAt]).to.deep.equal(['LostPlaceError', '9']);
    const refused = await fails(stagebell.events({ stage_id: 'no id' }).next());
    expect(refused).to.be.instanceOf(client.ValidationError);
  });

  it('verifies webhooks', () => {
    const body = JSON.stringify({ id: '1', type: 'stage.completed' });
    const now = new Date();
    const signed = (secret: string, at = now) => ({
      'webhook-id': 'm1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('m1', at, body),
    });
    const other = `whsec_${Buffer.from('another secret, which was').toString('base64')}`;
    expect(client.verifyWebhook(body, signed(SECRET), SECRET).type).to.equal('stage.completed');
    expect(client.verifyWebhook(Buffer.from(body), new Headers(signed(SECRET)), [other, SECRET]).id).to.equal('1');
    const refuses = (text: string, headers: Record<string, string>, secret = SECRET): void => {
      expect(() => client.verifyWebhook(text, headers, secret)).to.throw(client.WebhookVerificationError);
    };
    refuses(body.replace('completed', 'activated'), signed(SECRET));
    refuses(body, signed(other));
    refuses(body, signed(SECRET, new Date(now.getTime() - 600_000)));
    refuses(body, {});
  });
});
