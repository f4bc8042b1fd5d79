import { createServer } from 'node:http';
import { createClient } from 'stagebell/client';

/**
 * A page that switches at the instant: the stages of an assignment, each with its status. The key stays on this server.
 * It follows the events once, and passes what changed on to every page that is open.
 *
 * @param {{ assignment: string } & import('stagebell/client').ClientOptions} options
 */
export function livePage({ assignment, ...options }) {
  const stagebell = createClient(options);
  const pages = new Set();
  const stop = new AbortController();
  const read = () => stagebell.getAssignment({ params: { id: assignment } });

  const server = createServer(async ({ url }, response) => {
    if (url !== '/live') return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE);
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    pages.add(response);
    response.once('close', () => pages.delete(response));
    // After it was added: what changes from now on is sent as well.
    response.write(frame(await read()));
  });
  server.once('close', () => stop.abort());
  follow().catch((error) => server.emit('error', error));
  return server;

  async function follow() {
    while (!stop.signal.aborted) {
      try {
        const { read_to: after } = await stagebell.listEvents({ query: { after: 'latest' } });
        // Pages that came before this place was known may have missed something.
        await show();
        for await (const _event of stagebell.events({ after, assignment_id: assignment, signal: stop.signal })) await show();
      } catch (error) {
        if (error.name !== 'LostPlaceError') throw error;
      }
    }
  }

  async function show() {
    const now = frame(await read());
    for (const page of pages) page.write(now);
  }
}

const frame = (assignment) => `data: ${JSON.stringify(assignment)}\n\n`;

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Stages</title>
<h1></h1>
<ol></ol>
<script type="module">
  new EventSource('/live').onmessage = ({ data }) => {
    const { title, stages } = JSON.parse(data);
    document.querySelector('h1').textContent = title;
    document.querySelector('ol').replaceChildren(...stages.map(({ name, status }) => {
      const item = document.createElement('li');
      item.dataset.status = status;
      item.textContent = name + ': ' + status;
      return item;
    }));
  };
</script>
</html>
`;
