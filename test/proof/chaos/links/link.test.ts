import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { freePort } from '../../../support/ports.ts';
import { within } from '../../../support/wait.ts';
import { Link } from './link.ts';

/** Says nothing within `ms`: time has to pass for that to mean something. */
const staysSilent = (socket: Socket, ms = 50): Promise<boolean> =>
  Promise.race([
    once(socket, 'data').then(() => false),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(true), ms)),
  ]);

/** `once` would take the reset for a failure of its own. */
const closing = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('close', () => resolve()));

const hears = async (socket: Socket): Promise<string> =>
  String((await within(once(socket, 'data'), 2000, 'an echo'))[0]);

describe('a link', () => {
  let echo: Server;
  let link: Link;
  const clients: Socket[] = [];

  async function client(): Promise<Socket> {
    const socket = connect(link.port, '127.0.0.1');
    socket.on('error', () => {});
    clients.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  beforeEach(async () => {
    echo = createServer((socket) => socket.on('error', () => {}).pipe(socket));
    const port = await freePort();
    await new Promise<void>((resolve) => echo.listen(port, '127.0.0.1', resolve));
    link = await Link.to(port);
  });
  afterEach(async () => {
    for (const socket of clients.splice(0)) socket.destroy();
    await link.refuse();
    await new Promise((resolve) => echo.close(resolve));
  });

  it('passes on what is said, both ways', async () => {
    const socket = await client();
    socket.write('ding');
    expect(await hears(socket)).to.equal('ding');
  });

  it('delays, and keeps the order when the delay ends', async () => {
    const socket = await client();
    link.delay(30);
    const sentMs = performance.now();
    socket.write('first ');
    expect(await hears(socket)).to.equal('first ');
    // Each way. A timer may be a millisecond early.
    expect(performance.now() - sentMs).to.be.at.least(58);
    socket.write('second ');
    link.delay(0);
    expect(await hears(socket)).to.equal('second ');
  });

  it('cuts with a reset, and takes whoever comes again', async () => {
    const socket = await client();
    socket.write('ding');
    await hears(socket);
    const closed = closing(socket);
    link.cut();
    await within(closed, 2000, 'the reset');
    const again = await client();
    again.write('dong');
    expect(await hears(again)).to.equal('dong');
  });

  it('refuses, until it is open again', async () => {
    await link.refuse();
    const socket = connect(link.port, '127.0.0.1');
    const [error] = await once(socket, 'error');
    expect((error as NodeJS.ErrnoException).code).to.equal('ECONNREFUSED');
    await link.open();
    await client();
  });

  for (const direction of ['up', 'down', 'both'] as const) {
    it(`is silent (${direction}) without an event, and delivers when it speaks again`, async () => {
      const socket = await client();
      socket.write('ding');
      await hears(socket);
      link.silence(direction);
      socket.write('dong');
      expect(await staysSilent(socket)).to.equal(true);
      expect(socket.destroyed).to.equal(false);
      link.speak();
      expect(await hears(socket)).to.equal('dong');
    });
  }

  it('accepts while it is silent, and connects when it speaks', async () => {
    link.silence('both');
    const socket = await client();
    socket.write('ding');
    expect(await staysSilent(socket)).to.equal(true);
    link.speak();
    expect(await hears(socket)).to.equal('ding');
  });

  it('strands the connections of one kind, and no new ones', async () => {
    const listening = startUp('stagebell:listen');
    const socket = await client();
    const other = await client();
    socket.write(listening);
    other.write(startUp('stagebell:ring'));
    await Promise.all([hears(socket), hears(other)]);
    link.strand('listen');
    socket.write('x');
    other.write('x');
    expect(await hears(other)).to.equal('x');
    expect(await staysSilent(socket)).to.equal(true);
    const again = await client();
    again.write(listening);
    await hears(again);
    const closed = closing(socket);
    link.speak();
    await within(closed, 2000, 'the reset of what was stranded');
  });
});

/** What a PostgreSQL client says first. */
function startUp(applicationName: string): Buffer {
  const fields = `user\0postgres\0application_name\0${applicationName}\0\0`;
  const packet = Buffer.alloc(8 + fields.length);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(196_608, 4);
  packet.write(fields, 8, 'latin1');
  return packet;
}
