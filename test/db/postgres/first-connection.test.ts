import { type AddressInfo, createServer, connect as dial, type Server } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLog } from '../../../src/base/log.ts';
import { PostgresDatabase } from '../../../src/db/postgres/postgres.ts';
import { clusterUrl } from '../../support/postgres.ts';

/** ReadyForQuery, idle. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** Connections that are lost before our settings are in force. A role's own short time-outs do that. */
describe('A connection to PostgreSQL that ends before it is used', () => {
  let way: Server;
  let left = 0;
  afterEach(() => way.close());

  /** A way to the server that ends the next `left` connections as soon as they are ready. */
  async function wayThatEnds(): Promise<string> {
    const url = new URL(await clusterUrl());
    const target = { host: url.hostname, port: Number(url.port) };
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

  it('is opened again: the first one, one of the instance’s own later, and one for requests', async () => {
    const database = new PostgresDatabase(await wayThatEnds(), systemClock, silentLog);
    left = 2;
    await database.connect();
    expect(database.canListen).to.equal(true);
    const ONE = { name: 'one', text: 'SELECT 1 AS one' };
    const session = database.openSession('own', 1000);
    left = 2;
    expect(await session.query(ONE)).to.deep.equal([{ one: 1 }]);
    left = 2;
    expect(await database.query(ONE)).to.deep.equal([{ one: 1 }]);
    await session.close();
    await database.close();
  });
});
