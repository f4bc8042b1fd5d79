import type { Behaviour } from '../behaviour.ts';
import type { Scene } from '../scene.ts';

const BELLS = 100;

/** A bell each 20 ms, so that whatever happens happens under bells. Resolves when the first has rung. */
async function bells(scene: Scene, name: string, count: number): Promise<void> {
  const ahead = `clock_timestamp() + interval '${300 + scene.slackMs} ms'`;
  await scene.cluster.stage(name, `${ahead} + i * interval '20 ms'`, 'NULL', count);
  await scene.cluster.recorded(name, 1);
}

/** Ends the leader under bells. @returns how late the latest was */
async function replaced(scene: Scene, signal: 'SIGTERM' | 'SIGKILL', withinMs: number): Promise<string> {
  const { cluster } = scene;
  const { name: leader, process, epoch } = await cluster.leader();
  const name = scene.name(signal);
  await bells(scene, name, BELLS);
  await process.stop(signal);
  cluster.instances.delete(leader);
  try {
    await cluster.successor(epoch, withinMs + scene.slackMs + 2000);
    return `${await scene.rung(name, BELLS, withinMs)} ms`;
  } finally {
    // Whatever came of it, what is tried next needs two.
    await scene.startInstance(leader);
  }
}

export const handOver: Behaviour = {
  name: 'hand-over',
  isAboutLeaders: true,
  isAlone: true,
  run: (scene) => replaced(scene, 'SIGTERM', scene.expected.handOverMs),
};

export const crash: Behaviour = {
  name: 'crash',
  isAboutLeaders: true,
  isAlone: true,
  run: (scene) => replaced(scene, 'SIGKILL', scene.expected.crashMs),
};
