import { actorOf } from '../access/caller.ts';
import type { Writer } from '../commands/transact.ts';
import type { HttpOptions } from './options.ts';
import type { Call } from './route.ts';

/** @param reason why, as the caller says it */
export function writerOf(
  { database, instance }: HttpOptions,
  caller: Call<unknown, unknown, unknown>['caller'],
  reason: string | undefined,
): Writer {
  return { database, instance, actor: actorOf(caller), reason: reason ?? null, within: caller.within };
}
