import { type Answer, type Args, call, type Operation } from './calls.ts';
import type { Transport } from './transport.ts';

interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

/** Calls that answer pages. */
export type Paged = {
  [O in Operation]: Answer<O> extends Page<unknown> ? O : never;
}[Operation];
export type ItemOf<O extends Paged> = Answer<O> extends Page<infer Item> ? Item : never;

/** Every item of a list, page by page as they are asked for. @throws as the call does */
export async function* all<O extends Paged>(
  transport: Transport,
  operation: O,
  ...[input]: Args<O>
): AsyncGenerator<ItemOf<O>, void, void> {
  let cursor: string | null | undefined;
  do {
    const given = (input ?? {}) as { query?: object };
    const next = { ...given, query: { ...given.query, ...(cursor === undefined ? {} : { cursor }) } };
    const { body } = await call(transport, operation, ...([next] as unknown as Args<O>));
    const page = body as Page<ItemOf<O>> | undefined;
    yield* page?.items ?? [];
    cursor = page?.next_cursor;
  } while (typeof cursor === 'string');
}
