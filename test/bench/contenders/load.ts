import { text } from 'node:stream/consumers';
import autocannon from 'autocannon';

/**
 * `load.ts URL GET|PATCH SECONDS`, ids of stages as JSON on stdin: as many requests as are answered,
 * from ten connections, each with stages and dates of its own. Prints what came back as JSON.
 */
const [url = '', verb = 'GET', seconds = '8'] = process.argv.slice(2);
const ids = JSON.parse(await text(process.stdin)) as string[];
const DAY_MS = 86_400_000;

const result = await autocannon({
  url,
  connections: 10,
  duration: Number(seconds),
  // Made before the start, and different for each connection: an edit must find something to change.
  setupClient: (client) => client.setRequests(Array.from({ length: 200 }, request)),
});
const refused = result.non2xx + result.errors + result.timeouts;
console.log(JSON.stringify({ rate: result.requests.average, p99: result.latency.p99, refused }));

function request(): autocannon.Request {
  const path = `/v1/stages/${ids[Math.floor(Math.random() * ids.length)]}`;
  if (verb === 'GET') return { method: 'GET', path };
  const startMs = Date.now() + DAY_MS + Math.floor(Math.random() * 30 * DAY_MS);
  return {
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ start_date: new Date(startMs).toISOString() }),
  };
}
