import type { Behaviour } from '../behaviour.ts';
import type { Scene } from '../scene.ts';

/** A bell each 20 ms, so that whatever happens happens under bells. */
async function bells(scene: Scene, name: string, seconds: number): Promise<number> {
  const count = seconds * 50;
  await scene.cluster.stage(name, `clock_timestamp() + i * interval '20 ms'`, 'NULL', count);
  return count;
}

/** Ends the leader under bells. @returns how late the latest was */
async function replaced(scene: Scene, signal: 'SIGTERM' | 'SIGKILL', withinMs: number): Promise<string> {
  const { cluster } = scene;
  const { name: leader, process, epoch } = await cluster.leader();
  const name = scene.name(signal);
  const count = await bells(scene, name, 2);
  await process.stop(signal);
  cluster.instances.delete(leader);
  await cluster.successor(epoch, withinMs + scene.slackMs + 2000);
  const lateMs = await scene.rung(name, count, withinMs);
  await cluster.startInstance(leader);
  return `${lateMs} ms`;
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
