import { ConflictError, DatabaseUnavailableError, messageOf } from '../../../src/base/errors.ts';
import { reconcile } from '../../../src/commands/reconcile.ts';
import { isQueueFull } from '../../../src/db/faults.ts';
import type { StageDates } from '../../../src/domain/stage.ts';
import type { EditRequest, WrittenStage } from '../checker/history.ts';
import type { Written } from '../model/stage-model.ts';
import { type Edit, editedDates, plannedDates, shifted } from './edit.ts';
import type { CommandFault } from './simulated-database.ts';
import type { SimulatedInstance } from './simulated-instance.ts';
import type { Simulation } from './simulation.ts';
import { throughCommands, throughSql, type Way } from './writers.ts';

/** A stage as the people who write it know it. */
export interface KnownStage {
  id: string;
  assignment: number;
  /** null: deleted. */
  dates: StageDates | null;
  /** What has committed that derives the status. */
  writes: Written[];
}

/** An edit, which way it takes, and what happens to it there. */
export interface Request {
  edit: Edit;
  /** A number for one of the instances; or plain SQL. */
  via: number | 'sql';
  fault: CommandFault | null;
}

/** By hand: in the record as the actor of a sweep that is nobody's term's. */
export const OFFICE = 'office';

/** Everybody who writes. Knows what has committed, which those whose request got no answer do not. */
export class Clients {
  readonly stages: KnownStage[] = [];
  /** What the clients saw. */
  readonly log: EditRequest[] = [];
  /** An instance went down with the command. */
  onCrash = (_instance: SimulatedInstance): void => {};
  readonly #sim: Simulation;
  #assignments = 0;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  /** One request, in one moment. */
  async perform({ edit, via, fault }: Request): Promise<void> {
    const { world, postgres, serving } = this.#sim;
    const instance = via === 'sql' ? null : (serving[via % Math.max(1, serving.length)] ?? null);
    if (instance === null && (!postgres.isUp || postgres.faults.isTableLocked || via !== 'sql')) return;
    const who = instance?.name ?? 'psql';
    const way = instance === null ? throughSql(postgres) : throughCommands(this.#writer(instance, fault));
    world.trace.add(who, `edit ${JSON.stringify(edit)}${instance !== null && fault !== null ? ` with ${fault}` : ''}`);
    const request = { kind: kindOf(edit), via: who, sentMs: this.#nowMs, answeredMs: null, stages: [] };
    await world.whileStanding(async () => {
      const { outcome, stages } = await this.#attempt(edit, way, instance);
      if (instance?.host.isAlive === false) this.onCrash(instance);
      // What touched nothing is nobody's history.
      if (stages.length === 0) return;
      this.log.push({ ...request, answeredMs: outcome === 'maybe' ? null : this.#nowMs, outcome, stages });
    });
  }

  async #attempt(
    edit: Edit,
    way: Way,
    instance: SimulatedInstance | null,
  ): Promise<Pick<EditRequest, 'outcome' | 'stages'>> {
    const stages: WrittenStage[] = [];
    try {
      await this.#do(edit, way, instance, stages);
      return { outcome: 'ok', stages };
    } catch (error) {
      return { outcome: this.#judge(error, edit), stages };
    }
  }

  #writer(instance: SimulatedInstance, fault: CommandFault | null) {
    instance.database.nextCommand = fault;
    return { database: instance.database, instance: instance.name, actor: OFFICE };
  }

  #judge(error: unknown, edit: Edit): 'refused' | 'maybe' {
    if (error instanceof ConflictError || isQueueFull(error)) return 'refused';
    if (!(error instanceof DatabaseUnavailableError)) {
      this.#sim.complaints.push(`${JSON.stringify(edit)} was answered by ${messageOf(error)}`);
    }
    return 'maybe';
  }

  /** @param asked collects the stages that it asks to be written, as they will be */
  async #do(edit: Edit, way: Way, instance: SimulatedInstance | null, asked: WrittenStage[]): Promise<void> {
    if (edit.kind === 'create') {
      return this.#create(
        edit.stages.map((plan) => plannedDates(plan, this.#nowMs)),
        way,
        asked,
      );
    }
    if (edit.kind === 'bulk') return this.#bulk(edit.byMs, asked);
    if (edit.kind === 'reconcile') return this.#reconcile(instance);
    const living = this.stages.filter(({ dates }) => dates !== null);
    const stage = living[edit.stage % Math.max(1, living.length)];
    if (stage?.dates == null) return;
    // Only psql can write a status; through the API it would be a bad request.
    if (edit.kind === 'status' && instance !== null) return;
    const atMs = this.#nowMs;
    const dates = editedDates(edit, stage.dates, atMs);
    if (dates === null) {
      if (instance !== null && edit.kind !== 'end') await this.#refused(way.edit(edit, stage.id, stage.dates), edit);
      return;
    }
    asked.push({ id: stage.id, ...dates });
    const before = stage.dates;
    await this.#known(way, way.edit(edit, stage.id, dates), () => {
      stage.dates = edit.kind === 'delete' ? null : dates;
      const derives = edit.kind === 'status' || dates.startMs !== before.startMs || dates.endMs !== before.endMs;
      if (derives) stage.writes.push({ atMs, dates });
    });
  }

  async #create(all: StageDates[], way: Way, asked: WrittenStage[]): Promise<void> {
    const { postgres } = this.#sim;
    this.#assignments += 1;
    const assignment = this.#assignments;
    const title = `assignment ${assignment}`;
    const atMs = this.#nowMs;
    const adopt = async (): Promise<void> => {
      if (!way.hasCommitted()) return;
      const rows = await postgres.rows<{ id: string }>(
        'SELECT stage.id FROM stage JOIN assignment a ON a.id = assignment_id WHERE title = $1 ORDER BY position',
        [title],
      );
      for (const [i, { id }] of rows.entries()) {
        const dates = all[i] as StageDates;
        this.stages.push({ id, assignment, dates, writes: [{ atMs, dates }] });
        asked.push({ id, ...dates });
      }
    };
    try {
      await way.create(title, all);
    } finally {
      await adopt();
    }
  }

  /** An open psql moves a whole assignment. */
  async #bulk(byMs: number, asked: WrittenStage[]): Promise<void> {
    const atMs = this.#nowMs;
    const assignment = this.stages.findLast(({ dates }) => dates !== null)?.assignment;
    const moved = this.stages.filter((stage) => stage.assignment === assignment && stage.dates !== null);
    await this.#sim.postgres.execute(
      `UPDATE stage SET start_date = start_date + make_interval(secs => $2::float8 / 1000), end_date = end_date + make_interval(secs => $2::float8 / 1000)
       WHERE id = ANY ($1::uuid[])`,
      [moved.map(({ id }) => id), Math.round(byMs)],
    );
    for (const stage of moved) {
      if (stage.dates === null || stage.dates.startMs === null) continue;
      stage.dates = shifted(stage.dates, byMs);
      stage.writes.push({ atMs, dates: stage.dates });
      asked.push({ id: stage.id, ...stage.dates });
    }
  }

  async #reconcile(instance: SimulatedInstance | null): Promise<void> {
    // As a sweep by hand, which waits for its turn on the network like everybody.
    if (instance === null) return;
    const db = {
      query: <Row>(statement: { text: string }, values?: unknown[]) =>
        this.#sim.postgres.rows<Row>(statement.text, values),
    };
    await reconcile(db, { instance: instance.name, actor: OFFICE });
  }

  async #refused(work: Promise<void>, edit: Edit): Promise<void> {
    await work;
    this.#sim.complaints.push(`${JSON.stringify(edit)} was to be refused, and was done`);
  }

  /** Notes what has committed, whatever the caller is told. */
  async #known(way: Way, work: Promise<void>, note: () => void): Promise<void> {
    try {
      await work;
    } finally {
      if (way.hasCommitted()) note();
    }
  }

  get #nowMs(): number {
    return this.#sim.clockMs;
  }
}

/** As the checker of histories calls it. */
function kindOf({ kind }: Edit): EditRequest['kind'] {
  return kind === 'create' || kind === 'delete' || kind === 'rename' ? kind : 'edit';
}
