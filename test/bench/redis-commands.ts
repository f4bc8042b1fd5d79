import { Redis } from 'ioredis';

/** What connecting and asking costs. */
const OURS = /^(info|config\|resetstat|client\|setinfo|hello)$/;

export async function resetRedis(url: string): Promise<void> {
  await ask(url, (client) => client.config('RESETSTAT'));
}

/** What that server was asked since then. Commands inside a script count as well. */
export async function countRedisCommands(url: string): Promise<{ command: string; times: number }[]> {
  const stats = await ask(url, (client) => client.info('commandstats'));
  return [...stats.matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)]
    .map(([, command = '', times]) => ({ command, times: Number(times) }))
    .filter(({ command }) => !OURS.test(command));
}

async function ask<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  client.on('error', () => {});
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}
