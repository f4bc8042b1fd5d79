import { messageOf } from '../../src/base/errors.ts';
import type { Behaviour } from './behaviour.ts';
import { burst, doors, shortNotice } from './behaviours/bells.ts';
import { crash, handOver } from './behaviours/leaders.ts';
import { doctor, readyz, sound, status } from './behaviours/views.ts';
import { type Deployment, Missing, type Refusal, type Site } from './deployment.ts';
import type { Ground } from './ground.ts';
import { refuse } from './refuse.ts';
import { Scene } from './scene.ts';

/** In the order in which they are tried: the last look at what the ones before have left. */
export const BEHAVIOURS: readonly Behaviour[] = [
  doors,
  shortNotice,
  readyz,
  doctor,
  status,
  burst,
  handOver,
  crash,
  sound,
];

/** In place of all behaviours. */
export const REFUSES = 'refuses';

export interface Cell {
  behaviour: string;
  isOk: boolean;
  text: string;
}

export interface Row {
  deployment: string;
  cells: Cell[];
  /** Why it could not be tried here. */
  missing?: string;
}

export interface Form {
  isShort: boolean;
  /** What a busy machine may add to each bound. */
  slackMs: number;
}

/** Rows side by side, on shared servers: the machine is busy, and each bound is this much wider. */
export const SHORT_FORM: Form = { isShort: true, slackMs: 900 };
export const AT_ONCE = 4;

/** Every behaviour on one deployment. Never rejects: what goes wrong is in the cells. */
export async function runRow(deployment: Deployment, ground: Ground, form: Form): Promise<Row> {
  const row: Row = { deployment: deployment.name, cells: [] };
  let site: Site | null = null;
  try {
    site = await deployment.up(ground);
    row.cells =
      site.refusal === undefined
        ? await behave(site, !form.isShort || deployment.isAboutLeaders === true, form)
        : [await refusing(site, site.refusal)];
  } catch (error) {
    if (error instanceof Missing) row.missing = error.message;
    else row.cells.push({ behaviour: 'start', isOk: false, text: messageOf(error) });
  } finally {
    await site?.down().catch((error: unknown) => {
      row.cells.push({ behaviour: 'end', isOk: false, text: messageOf(error) });
    });
  }
  return row;
}

async function behave(site: Site, isAboutLeaders: boolean, { isShort, slackMs }: Form): Promise<Cell[]> {
  const scene = await Scene.start(site, isAboutLeaders ? 2 : 1, slackMs);
  const wanted = BEHAVIOURS.filter(
    (behaviour) => !(isShort && behaviour.isLong) && (isAboutLeaders || !behaviour.isAboutLeaders),
  );
  const cells: Cell[] = [];
  try {
    // Figures are clean where nothing else goes on; the short form has no time for that.
    const together = isShort ? wanted.filter(({ isAlone }) => !isAlone) : [];
    cells.push(...(await Promise.all(together.map((behaviour) => tried(behaviour, scene)))));
    for (const behaviour of wanted) if (!together.includes(behaviour)) cells.push(await tried(behaviour, scene));
  } finally {
    await scene.stop();
  }
  return cells;
}

const tried = (behaviour: Behaviour, scene: Scene): Promise<Cell> => cell(behaviour.name, () => behaviour.run(scene));

const refusing = (site: Site, refusal: Refusal): Promise<Cell> => cell(REFUSES, () => refuse(site, refusal));

async function cell(behaviour: string, run: () => Promise<string>): Promise<Cell> {
  try {
    return { behaviour, isOk: true, text: await run() };
  } catch (error) {
    return { behaviour, isOk: false, text: messageOf(error) };
  }
}
