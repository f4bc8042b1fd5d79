import { connect, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';

/**
 * A crowd of streams in a process of its own: `crowd-child.ts PORT` is told on stdin to open connections for these
 * paths, and says when all have been answered. At the end it says when each saw which name.
 */
interface Arrival {
  name: string;
  atMs: number;
}

const [port] = process.argv.slice(2).map(Number);
const arrivals: Arrival[] = [];
const sockets: Socket[] = [];
const OPENED_AT_ONCE = 50;
/** What an edit made, or a transition. */
const EVENT = /"(?:became":\{"name":"bench (\d+)"|transition":\{"id":"(\d+)")/g;

process.on('message', async ({ open }: { open?: string[] }) => {
  if (open === undefined) {
    process.send?.({ arrivals }, undefined, undefined, () => {
      for (const socket of sockets) socket.destroy();
      process.disconnect();
    });
    return;
  }
  for (let from = 0; from < open.length; from += OPENED_AT_ONCE) {
    await Promise.all(open.slice(from, from + OPENED_AT_ONCE).map(follow));
  }
  process.send?.({ opened: open.length });
});

function follow(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port ?? 0, '127.0.0.1');
    let rest = '';
    sockets.push(socket);
    socket.setEncoding('latin1').on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`);
    socket.on('data', (text: string) => {
      const atMs = performance.timeOrigin + performance.now();
      resolve();
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        for (const [, name, transition] of block.matchAll(EVENT))
          arrivals.push({ name: name ?? transition ?? '', atMs });
      }
    });
  });
}
