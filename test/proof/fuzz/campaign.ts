import type { Json } from '../../http/support.ts';
import { embeddedFolder } from '../../support/embedded-folder.ts';
import { createDatabase } from '../../support/postgres.ts';
import { type LogLine, type StagebellProcess, startServe } from '../../support/processes.ts';
import { eventually } from '../../support/wait.ts';
import { replay } from '../checker/replay.ts';
import { Random } from '../random.ts';
import { brokenChains, changesIn, faultInAnswer, faultOf, parsed, saysOtherwise } from './judge.ts';
import { type Known, Requests } from './requests.ts';
import { Starvation } from './starvation.ts';
import { type Answer, asCurl, bytesOf, exchange, type Request } from './wire.ts';

export interface CampaignOptions {
  seed: number;
  seconds: number;
  on: 'postgres' | 'embedded';
  say(line: string): void;
}

export interface Report {
  requests: number;
  byStatus: Map<number, number>;
  faults: string[];
  worstMs: number;
  worstStandstillMs: number;
}

/** A loop may stand still for so long, and an answer take so long, on a machine that has time for us. */
const [STANDSTILL_MS, ANSWER_MS] = [50, 1000];
const WORKERS = 6;
const [MOST_SOCKETS_LEFT, MOST_GROWTH_MB] = [12, 60];
const WATCH = new URL('./watch-loop.ts', import.meta.url).href;

/** Requests of every shape against a real service, for a time; then what it says and holds is looked through. */
export class Campaign {
  readonly #o: CampaignOptions;
  readonly #known: Known = { stages: [], assignments: [] };
  readonly #report: Report = { requests: 0, byStatus: new Map(), faults: [], worstMs: 0, worstStandstillMs: 0 };
  readonly #recent: { startedMs: number; curl: string }[] = [];
  readonly #starvation = new Starvation();
  #service!: StagebellProcess;

  constructor(options: CampaignOptions) {
    this.#o = options;
  }

  async run(): Promise<Report> {
    const { seed, seconds, on } = this.#o;
    const database = on === 'postgres' ? await createDatabase() : null;
    const folder = database === null ? await embeddedFolder() : null;
    const where = database === null ? { DATA_DIR: folder?.path } : { DATABASE_URL: database.url };
    this.#service = await startServe({ ...where, LEADER_LEASE_MS: '2000', NODE_OPTIONS: `--import=${WATCH}` });
    try {
      await this.#service.ready(120_000);
      await this.#work(0, new Random(seed, 'warm-up'), 1000);
      const before = await this.#holds(1);
      const sinceMs = Date.now();
      const workers = Array.from({ length: WORKERS }, (_, i) =>
        this.#work(i, new Random(seed, `worker ${i}`), seconds * 1000),
      );
      await Promise.all(workers);
      await this.#settle();
      this.#lookAtLoop(sinceMs);
      this.#lookAtLeaks(before, await this.#holds(2));
      const line = this.#service.lines.find(({ level, event }) => Number(level) >= 50 && event !== 'fuzz_report');
      if (line !== undefined) this.#fault(`the log has ${JSON.stringify(line).slice(0, 600)}`);
      if (this.#service.hasExited) this.#fault(`the service has ended: ${this.#service.text.slice(-600)}`);
    } finally {
      this.#starvation.end();
      await this.#service.stop('SIGKILL');
      await database?.drop();
      folder?.remove();
    }
    return this.#report;
  }

  async #work(worker: number, random: Random, forMs: number): Promise<void> {
    const requests = new Requests(random, this.#known);
    const endMs = performance.now() + forMs;
    while (performance.now() < endMs && this.#report.faults.length < 20 && !this.#service.hasExited) {
      if (random.chance(0.03)) await this.#garbage(random);
      else if (random.chance(0.05)) await this.#pipeline(requests, random.integer(2, 100));
      else if (worker < 2 && random.chance(0.1)) await this.#atItsBell(requests, random);
      else await this.#ask(requests.next());
    }
  }

  async #ask(request: Request): Promise<Answer | null> {
    const starved = this.#starvation.begin();
    const curl = asCurl(request);
    this.#recent.push({ startedMs: Date.now(), curl });
    if (this.#recent.length > 200) this.#recent.shift();
    const { answers } = await exchange(this.#service.port, bytesOf(request), [request.method]);
    const [answer] = answers;
    this.#report.requests += 1;
    if (answer === undefined) {
      // What cannot be read as a request ends the connection.
      if (!this.#service.hasExited && !request.headers.some(([name]) => name === 'Transfer-Encoding'))
        this.#fault('there is no answer', curl);
      return null;
    }
    const { byStatus } = this.#report;
    byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
    const ms = answer.ms - 4 * starved();
    this.#report.worstMs = Math.max(this.#report.worstMs, ms);
    if (ms > ANSWER_MS) this.#fault(`the answer took ${Math.round(answer.ms)} ms`, curl);
    const fault = faultInAnswer(request, answer) ?? saysOtherwise(request, answer);
    if (fault !== null) this.#fault(fault, curl);
    else if (answer.status < 300) await this.#remember(request, answer, curl);
    return answer;
  }

  /** Learns the ids, and reads back what was said to be stored. */
  async #remember(request: Request, answer: Answer, curl: string): Promise<void> {
    const said = parsed(answer.body);
    if (said === null || request.method === 'GET' || request.method === 'OPTIONS' || typeof said.id !== 'string')
      return;
    const isStage = said.assignment_id !== undefined;
    if (request.method === 'POST') {
      if (isStage) this.#known.stages.push(said.id);
      else this.#known.assignments.push(said.id);
      this.#known.stages.push(...(said.stages ?? []).slice(0, 3).map(({ id }: Json) => id));
      for (const ids of Object.values(this.#known)) while (ids.length > 60) ids.shift();
    }
    if (!isStage) return;
    const path = `/v1/stages/${said.id}`;
    const { answers } = await exchange(
      this.#service.port,
      bytesOf({ method: 'GET', target: path, headers: [['Host', 'localhost']], body: null }),
      ['GET'],
    );
    const read = answers[0]?.status === 200 ? parsed(answers[0].body) : null;
    if (read?.version !== said.version) return;
    for (const field of ['name', 'position', 'start_date', 'end_date', 'status', 'updated_at']) {
      if (read[field] !== said[field])
        this.#fault(`${field} was said to be ${said[field]} and is ${read[field]}`, curl);
    }
  }

  /** Several edits of one row, at the very millisecond of its bell. */
  async #atItsBell(requests: Requests, random: Random): Promise<void> {
    const { stages } = this.#known;
    if (stages.length === 0) return;
    const id = random.pick(stages);
    const bellMs = Date.now() + random.integer(50, 300);
    await this.#ask(requests.edit(id, bellMs));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, bellMs - Date.now())));
    await Promise.all(Array.from({ length: 4 }, () => this.#ask(requests.edit(id))));
  }

  async #pipeline(requests: Requests, count: number): Promise<void> {
    const asked = Array.from({ length: count }, () => ({ ...requests.plain(), method: 'GET', body: null }));
    const methods = asked.map(({ method }) => method);
    const { answers, rest } = await exchange(this.#service.port, Buffer.concat(asked.map(bytesOf)), methods);
    this.#report.requests += count;
    for (const [i, answer] of answers.entries()) {
      const fault = faultInAnswer(asked[i] as Request, answer);
      if (fault !== null) this.#fault(`of a pipeline, ${fault}`, asCurl(asked[i] as Request));
    }
    if (answers.length !== count || rest !== '')
      this.#fault(`a pipeline of ${count} had ${answers.length} answers and ${rest.slice(0, 200)}`);
  }

  /** Bytes that are nearly a request, or none at all. */
  async #garbage(random: Random): Promise<void> {
    const bytes = Buffer.from(Array.from({ length: random.integer(1, 300) }, () => random.integer(0, 255)));
    const good = Buffer.from(
      'POST /v1/assignments HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"tit\r\n',
    );
    const at = random.integer(0, good.length);
    const sent = random.pick([bytes, Buffer.concat([good.subarray(0, at), bytes]), Buffer.concat([good, bytes])]);
    // The end of the connection may be the answer to what never became a request.
    const { answers } = await exchange(this.#service.port, Buffer.concat([sent, Buffer.from('\r\n\r\n')]), ['GET']);
    for (const answer of answers) {
      const fault = faultOf(answer);
      if (fault !== null) this.#fault(`to garbage, ${fault}`, sent.toString('base64'));
    }
  }

  /** What is due by now is moved; then the record and the rows must agree. */
  async #settle(): Promise<void> {
    const check = async () => {
      const [stages, assignments] = [await this.#all('/v1/stages'), await this.#all('/v1/assignments')];
      const faults = [
        ...brokenChains(await this.#all('/v1/transitions'), stages),
        ...replay(changesIn(await this.#all('/v1/events')), [...stages, ...assignments]),
      ];
      if (faults.length > 0) throw new Error(faults.slice(0, 5).join('; '));
    };
    await eventually(check, { timeoutMs: 15_000, everyMs: 500 }).catch((error: Error) => this.#fault(error.message));
  }

  async #all(path: string): Promise<Json[]> {
    const items: Json[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '?limit=500' : `?limit=500&cursor=${cursor}`;
      const page = (await (await fetch(`${this.#service.url}${path}${query}`)).json()) as Json;
      items.push(...page.items);
      cursor = page.next_cursor;
    }
    return items;
  }

  #lookAtLoop(sinceMs: number): void {
    const slow = this.#starvation.slowdown;
    for (const { event, ms, atMs } of this.#service.lines as (LogLine & { ms: number; atMs: number })[]) {
      if (event !== 'loop_stood' || atMs < sinceMs) continue;
      this.#report.worstStandstillMs = Math.max(this.#report.worstStandstillMs, ms);
      if (ms <= STANDSTILL_MS * slow) continue;
      const around = this.#recent
        .filter(({ startedMs }) => Math.abs(startedMs - atMs + ms) < 100)
        .map(({ curl }) => curl.slice(0, 300));
      this.#fault(
        `the loop stood still for ${Math.round(ms)} ms (the machine is ${slow.toFixed(1)} times as slow as when idle)`,
        around.join('\n  '),
      );
    }
  }

  async #holds(number: number): Promise<{ heapMb: number; sockets: number }> {
    this.#service.signal('SIGUSR2');
    const line = await this.#service.waitForLog((l) => l.event === 'fuzz_report' && l['number'] === number, 30_000);
    return line as unknown as { heapMb: number; sockets: number };
  }

  #lookAtLeaks(before: { heapMb: number; sockets: number }, after: { heapMb: number; sockets: number }): void {
    if (after.sockets - before.sockets > MOST_SOCKETS_LEFT)
      this.#fault(`${after.sockets} sockets are open, and were ${before.sockets}`);
    if (after.heapMb - before.heapMb > MOST_GROWTH_MB)
      this.#fault(`the heap has ${after.heapMb} MB, and had ${before.heapMb}`);
  }

  #fault(what: string, how = ''): void {
    const { seed, on } = this.#o;
    const line = `seed ${seed} on ${on}: ${what}${how === '' ? '' : `\n  ${how}`}`;
    this.#report.faults.push(line);
    this.#o.say(line);
  }
}
