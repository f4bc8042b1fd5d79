import { createServer } from 'node:net';

/** Set by test/run.ts for processes that run at once: each draws from a part of its own, 0 to 2. */
export const PORTS_VARIABLE = 'STAGEBELL_TEST_PORTS';

// Below the range from which the kernel takes ports for outgoing connections: a server that is
// stopped and started again finds its port still free.
const LOWEST = 15_000;
const HIGHEST = 32_000;
const PARTS = 3;
const PART = Math.floor((HIGHEST - LOWEST) / PARTS);

const part = process.env[PORTS_VARIABLE];
let next = LOWEST + (part === undefined ? Math.floor(Math.random() * PARTS * PART) : Number(part) * PART);

/**
 * A port of 127.0.0.1 on which nobody listens. In turn and not at random: what was drawn and is not
 * yet listened to, or is between a stop and a start, is not given to another.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next;
    next = port + 1 < HIGHEST ? port + 1 : LOWEST;
    if (await isFree(port)) return port;
  }
}

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
