import { expect } from 'chai';
import { RawConnection } from './raw.ts';
import { NO_METRICS, suiteApi } from './support.ts';

describe('a server that stops', () => {
  const api = suiteApi();

  /** A server whose /metrics answers when told to. */
  async function held() {
    let begin = () => {};
    let release = () => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const render = async () => {
      begin();
      await released;
      return 'finished';
    };
    const server = await api.also({ metrics: { ...NO_METRICS, render } });
    return { server, begun, release };
  }
  const GET = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

  it('finishes what runs, and says that it is the last answer', async () => {
    const { server, begun, release } = await held();
    const running = new RawConnection(server.url).send(GET('/metrics'));
    await begun;
    const stopped = server.server.stop(60_000);
    release();
    expect(await running.closed()).to.match(/^HTTP\/1.1 200 OK[\s\S]*Connection: close[\s\S]*finished$/i);
    await stopped;
  });

  it('does not wait for connections that are idle or have said nothing', async () => {
    const { server } = await held();
    const silent = new RawConnection(server.url);
    await silent.connected();
    const idle = new RawConnection(server.url).send(GET('/livez'));
    await idle.has('alive');
    await server.server.stop(60_000);
    await Promise.all([silent.closed(), idle.closed()]);
  });

  it('takes no new connections', async () => {
    const { server, begun, release } = await held();
    const running = new RawConnection(server.url).send(GET('/metrics'));
    await begun;
    const stopped = server.server.stop(60_000);
    expect(await new RawConnection(server.url).send(GET('/livez')).closed()).to.equal('');
    release();
    await running.closed();
    await stopped;
  });

  it('cuts off requests that do not finish within its limit', async () => {
    const { server, begun, release } = await held();
    const running = new RawConnection(server.url).send(GET('/metrics'));
    await begun;
    await server.server.stop(0);
    expect(await running.closed()).to.equal('');
    release();
  });

  it('may be stopped twice, and before it listens on an address that is taken', async () => {
    const other = await api.also({});
    const port = Number(new URL(api.url).port);
    await other.stop();
    await other.stop();
    const taken = await other.server.listen(port, '127.0.0.1').catch((error) => error);
    expect(taken).to.include({ code: 'cannot_listen' });
  });
});
