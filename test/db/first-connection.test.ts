import { type AddressInfo, createServer, connect as dial, type Server } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { PostgresDatabase } from '../../src/db/postgres.ts';
import { clusterUrl } from '../support/postgres.ts';

/** ReadyForQuery, idle. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** The first connections, which are lost before our settings are in force. A role's own short time-outs do that. */
describe('The first connection to PostgreSQL', () => {
  let way: Server;
  afterEach(() => way.close());

  /** A way to the server that ends so many connections as soon as they are ready. */
  async function wayThatEnds(count: number): Promise<string> {
    const url = new URL(await clusterUrl());
    const target = { host: url.hostname, port: Number(url.port) };
    let left = count;
    way = createServer((socket) => {
      const isCut = left-- > 0;
      const server = dial(target);
      for (const end of [socket, server]) end.on('error', () => {});
      socket.pipe(server).pipe(socket);
      server.on('data', (data) => {
        if (isCut && data.includes(READY)) socket.end();
      });
      socket.on('close', () => server.destroy());
    });
    await new Promise<void>((resolve) => way.listen(0, '127.0.0.1', resolve));
    url.port = String((way.address() as AddressInfo).port);
    return url.href;
  }

  it('is made anew a few times when it ends before it is used', async () => {
    const database = new PostgresDatabase(await wayThatEnds(2), systemClock, silentLog);
    await database.connect();
    expect(database.canListen).to.equal(true);
    await database.close();
  });
});
