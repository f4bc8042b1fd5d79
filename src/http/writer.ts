import { actorOf } from '../access/caller.ts';
import type { Writer } from '../commands/transact.ts';
import type { Reader } from '../db/read/stages.ts';
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

/** Reads in the transaction that the request is, where it is one: an embedded database has one connection. */
export const readerOf = ({ database }: HttpOptions, { within }: Call<unknown, unknown, unknown>['caller']): Reader =>
  within?.em ?? database.em();
