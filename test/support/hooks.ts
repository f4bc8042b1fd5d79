import { Socket } from 'node:net';
import type { RootHookObject } from 'mocha';
import { asks, checkAnswers, watchAnswers } from './answer-watch.ts';
import { stretch } from './patience.ts';

/**
 * A test that leaves a timer, a connection or a process behind fails the run: mocha is never told to
 * --exit. Compared with what was there before the first test, seen from the same kind of hook.
 */
const GRACE_MS = 2000;
let before = new Map<string, number>();

watchAnswers();

export const mochaHooks: RootHookObject = {
  async beforeAll(this: Mocha.Context) {
    this.timeout(stretch(this.timeout()));
    this.test?.parent?.eachTest((test) => test.timeout(stretch(test.timeout())));
    // Past an await mocha's own timer for the hook is running, as it will be when we look again.
    await null;
    before = resources();
  },
  beforeEach(this: Mocha.Context) {
    asks(this.currentTest?.fullTitle() ?? '');
  },
  async afterAll(this: Mocha.Context) {
    this.timeout(stretch(GRACE_MS * 2));
    const deadline = performance.now() + GRACE_MS;
    // What was closed a moment ago takes a few turns to go.
    while (leaked().length > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
    if (leaked().length > 0) throw new Error(`A test left behind: ${[...leaked(), ...sockets()].join(', ')}`);
    // Last, because past an await mocha's own timer is counted as well, and the embedded database leaves one.
    await checkAnswers();
  },
};

/** What keeps this process alive, by kind. */
function resources(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function leaked(): string[] {
  return [...resources()]
    .filter(([kind, count]) => count > (before.get(kind) ?? 0))
    .map(([kind, count]) => `${count - (before.get(kind) ?? 0)} ${kind}`);
}

/** Where those lead, among others that keep nothing alive: whose they are is told by the ports, and by what is on its way. */
function sockets(): string[] {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles(): unknown[] };
  return _getActiveHandles()
    .filter((handle) => handle instanceof Socket && (handle.localPort !== undefined || handle.connecting))
    .map((handle) => {
      const { localPort, remotePort, bytesRead, bytesWritten, readyState, destroyed } = handle as Socket;
      return `${readyState}${destroyed ? ', destroyed' : ''} ${localPort}-${remotePort} (${bytesRead} bytes read, ${bytesWritten} written)`;
    });
}
