import { actorOf, type Caller } from '../access/caller.ts';
import type { Writer } from '../commands/transact.ts';
import type { HttpOptions } from './options.ts';

/** @param reason why, as the caller says it */
export function writerOf({ database, instance }: HttpOptions, caller: Caller, reason: string | undefined): Writer {
  return { database, instance, actor: actorOf(caller), reason: reason ?? null };
}
