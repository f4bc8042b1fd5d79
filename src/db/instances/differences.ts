import type { Trouble } from '../../base/health.ts';
import type { Identity, Instance } from './instances.ts';

/** During a deployment two releases run side by side. After this time, one of them was forgotten. */
const DEPLOYMENT_MS = 600_000;

/** One way in which instances differ although they should not. */
export interface Difference {
  /** `version`, `name`, or the variable. */
  what: string;
  /** Which instances have which value. */
  text: string;
}

type Compared = Pick<Identity, 'name' | 'version' | 'settings'> & Pick<Instance, 'uptimeMs'>;

/** Names given twice, settings that differ, and releases that differ. */
export function differencesOf(instances: readonly Compared[]): Difference[] {
  const variables = new Set(instances.flatMap(({ settings }) => Object.keys(settings)));
  const names = instances.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  return [
    ...twice.map((name) => ({
      what: 'INSTANCE_NAME',
      text: `${names.filter((n) => n === name).length} are named ${name}`,
    })),
    ...[...variables].flatMap((variable) =>
      differing(
        variable,
        // An instance that does not report a setting does not use it.
        instances.filter(({ settings }) => variable in settings),
        ({ settings }) => String(settings[variable] ?? 'not set'),
      ),
    ),
    ...differing('version', instances, ({ version }) => version),
  ];
}

function differing(what: string, instances: readonly Compared[], read: (one: Compared) => string): Difference[] {
  const byValue = Map.groupBy(instances, read);
  if (byValue.size < 2) return [];
  const text = [...byValue]
    .map(
      ([value, some]) =>
        `${value} on ${some
          .map(({ name }) => name)
          .toSorted()
          .join(', ')}`,
    )
    .join('; ');
  return [{ what, text }];
}

/**
 * As a trouble of the instance that sees it; null if there is none. Two releases during a deployment are no trouble.
 */
export function differencesTrouble(instances: readonly Compared[]): Trouble | null {
  const isDeploying = instances.some(({ uptimeMs }) => uptimeMs < DEPLOYMENT_MS);
  const differences = differencesOf(instances).filter(({ what }) => what !== 'version' || !isDeploying);
  if (differences.length === 0) return null;
  return {
    cause: `instances on this database differ in ${differences.map(({ what }) => what).join(', ')}`,
    cure: 'give all instances the same environment and restart those that differ; during a rolling deployment, wait',
    detail: differences.map(({ what, text }) => `${what}: ${text}`).join('; '),
  };
}
