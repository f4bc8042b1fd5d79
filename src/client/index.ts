import type { Event } from './api.ts';
import { type Answer, type Args, call, type FullAnswer, type Operation } from './calls.ts';
import { type EventsInput, events } from './events.ts';
import { OPERATIONS } from './operations.ts';
import { all, type ItemOf, type Paged } from './pages.ts';
import { type ClientOptions, Transport } from './transport.ts';

export type * from './api.ts';
export type { EventsInput } from './events.ts';
export * from './problems.ts';
export type { CallOptions, ClientOptions } from './transport.ts';
export { verifyWebhook, WebhookVerificationError } from './webhook.ts';

/** Every call by its name in openapi.json. @throws ProblemError; ConnectionError */
export type Calls = { readonly [O in Operation]: (...args: Args<O>) => Promise<Answer<O>> };

export interface Stagebell extends Calls {
  /** The same call, answered with its status and headers. */
  full<O extends Operation>(operation: O, ...args: Args<O>): Promise<FullAnswer<O>>;
  /** Every item of a list, over all its pages. */
  all<O extends Paged>(operation: O, ...args: Args<O>): AsyncGenerator<ItemOf<O>, void, void>;
  /** Events as they are committed; see events.ts. */
  events(input?: EventsInput): AsyncGenerator<Event, void, void>;
}

/**
 * A client of the service.
 *
 *     const stagebell = createClient({ url: 'https://stagebell.example.edu', key: process.env.STAGEBELL_KEY });
 *     const stage = await stagebell.getStage({ params: { id } });
 *     for await (const event of stagebell.events({ after })) ...
 */
export function createClient(options: ClientOptions): Stagebell {
  const transport = new Transport(options);
  const full = <O extends Operation>(operation: O, ...args: Args<O>) => call(transport, operation, ...args);
  const calls = Object.fromEntries(
    (Object.keys(OPERATIONS) as Operation[]).map((operation) => [
      operation,
      async (...args: Args<typeof operation>) => (await full(operation, ...args)).body,
    ]),
  );
  return {
    ...(calls as unknown as Calls),
    full,
    all: (operation, ...args) => all(transport, operation, ...args),
    events: (input) => events(transport, input),
  };
}
