import { setTimeout as sleep } from 'node:timers/promises';
import type { EditRequest, WrittenStage } from '../../checker/history.ts';
import type { Random } from '../../random.ts';
import { Book } from './book.ts';
import { movedDates, newDates, nextInstant } from './dates.ts';
import type { Edit, NewStage, Writer } from './edit.ts';

const EVERY_MS = 60;
/** While servers hang, so many wait for their answers and no more are sent. */
const MOST_AT_ONCE = 40;
/** Of a deadline that many share: several statements of the advance (src/scheduler/advancer.ts). */
const BURST = [1500, 3000] as const;
/** Bells around the moment in which something is healed. */
const SALVO = 60;
/** How far ahead an edit looks for an instant that it can hit. */
const AIM_MS = 1500;

/** A request as the checker wants it, with the names by which new stages are found whose ids nobody told. */
export interface LoggedRequest extends EditRequest {
  names: string[];
}

/**
 * Clients of every kind, all the time. What they choose comes from the seed, and from what the
 * answers let them know.
 */
export class Workload {
  readonly requests: LoggedRequest[] = [];
  readonly #writers: readonly Writer[];
  readonly #random: Random;
  readonly #book: Book;
  readonly #underWay = new Set<Promise<void>>();
  #isOver = false;
  #created = 0;

  constructor(writers: readonly Writer[], random: Random) {
    this.#writers = writers;
    this.#random = random;
    this.#book = new Book(random.fork('book'));
  }

  /** Until `end` is called. */
  async run(): Promise<void> {
    while (!this.#isOver) {
      if (this.#underWay.size < MOST_AT_ONCE) this.#start(this.#anything());
      await sleep(EVERY_MS);
    }
  }

  /** Resolves when every request has its answer, or nobody waits for it any more. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#underWay);
    await Promise.all(this.#writers.map((writer) => writer.close()));
  }

  /**
   * A bell every millisecond around this moment: when a leader of yesterday comes back, there is
   * something that it could move, were it let.
   */
  salvo(atMs: number): void {
    if (this.#isOver) return;
    const stages = Array.from({ length: SALVO }, (_, i): NewStage => {
      const startMs = atMs + i - SALVO / 2;
      return { ...this.#newName(), startMs, endMs: null };
    });
    this.#start(this.#insert(stages));
  }

  #newName(): Pick<NewStage, 'id' | 'name'> {
    this.#created += 1;
    return { id: this.#random.uuid(), name: `stage ${this.#created}` };
  }

  #start(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #anything(): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.001) return this.#burst();
    if (dice < 0.42) return this.#create(1);
    if (dice < 0.45) return this.#create(this.#random.integer(20, 60));
    if (dice < 0.78) return this.#move();
    return this.#aim();
  }

  /** Many are all on one instant. A fifth is never touched afterwards. */
  async #create(count: number): Promise<void> {
    const dates = newDates(this.#random, Date.now());
    const stages = Array.from({ length: count }, (): NewStage => ({ ...this.#newName(), ...dates }));
    const isControl = this.#random.chance(0.2);
    const written = await this.#write({ kind: 'create', stages });
    if (written !== null && !isControl) for (const stage of written) this.#book.put(stage);
  }

  async #burst(): Promise<void> {
    const dates = newDates(this.#random, Date.now());
    const length = this.#random.integer(...BURST);
    await this.#insert(Array.from({ length }, (): NewStage => ({ ...this.#newName(), ...dates })));
  }

  /** In plain SQL, whose ids are known whatever is answered. */
  async #insert(stages: NewStage[]): Promise<void> {
    const sql = this.#writers.find(({ name }) => name === 'sql');
    if (sql !== undefined) await this.#write({ kind: 'create', stages }, sql);
  }

  async #move(): Promise<void> {
    const stage = this.#book.take();
    if (stage === null) return;
    if (this.#random.chance(0.08)) return this.#delete(stage);
    await this.#edit({ id: stage.id, ...movedDates(stage, this.#random, Date.now()) }, stage);
  }

  /** At an instant, a few milliseconds before or after: the races that matter. */
  async #aim(): Promise<void> {
    const stage = this.#book.take((one) => nextInstant(one, Date.now(), AIM_MS) !== null);
    if (stage === null) return;
    const atMs = nextInstant(stage, Date.now(), AIM_MS) ?? 0;
    await sleep(Math.max(0, atMs + this.#random.integer(-8, 4) - Date.now()));
    const dice = this.#random.next();
    if (dice < 0.15) return this.#delete(stage);
    if (dice < 0.5) return this.#edit({ id: stage.id, ...movedDates(stage, this.#random, Date.now()) }, stage);
    const holdMs = this.#random.integer(0, 60);
    const written = await this.#write({ kind: 'rename', stage, name: `renamed at ${atMs}`, holdMs });
    if (written !== null) this.#book.put(stage);
  }

  async #edit(stage: WrittenStage, before: WrittenStage): Promise<void> {
    const written = await this.#write({ kind: 'edit', stage });
    // Refused: it is as it was. Maybe: nobody knows.
    if (written !== null) this.#book.put(written.length > 0 ? stage : before);
  }

  async #delete(stage: WrittenStage): Promise<void> {
    const written = await this.#write({ kind: 'delete', stage });
    if (written?.length === 0) this.#book.put(stage);
  }

  /** @returns the stages written, none where it was refused; null where that is not known */
  async #write(edit: Edit, writer = this.#random.pick(this.#writers)): Promise<WrittenStage[] | null> {
    const isService = writer.name !== 'sql';
    const asked = edit.kind === 'create' ? edit.stages : [edit.stage];
    const request: LoggedRequest = {
      kind: edit.kind,
      via: writer.name,
      sentMs: Date.now(),
      answeredMs: null,
      outcome: 'maybe',
      // The service makes ids itself: until it tells them there are only names.
      stages: asked.map(({ id, startMs, endMs }) => ({
        id: edit.kind === 'create' && isService ? '' : id,
        startMs,
        endMs,
      })),
      names: edit.kind === 'create' ? edit.stages.map(({ name }) => name) : [],
    };
    this.requests.push(request);
    const { outcome, ids } = await writer.write(edit);
    request.outcome = outcome;
    if (outcome === 'maybe') return null;
    // The clock is cut to the millisecond: not before the answer came.
    request.answeredMs = Date.now() + 1;
    if (outcome === 'refused') return [];
    if (ids !== undefined) request.stages = request.stages.map((stage, i) => ({ ...stage, id: ids[i] ?? '' }));
    return request.stages;
  }
}
