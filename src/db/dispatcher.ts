import type { Message } from './message.ts';

/** What the parts of an instance are told: messages on the channel, and gaps in which messages may have been missed. */
export type News =
  | Message
  /** Messages were missed for a while: read everything. */
  | { kind: 'missed' }
  /** The notification queue is full, so edits are not announced. */
  | { kind: 'unsaid' }
  /** Nothing is heard, perhaps because nothing was said. */
  | { kind: 'silence' }
  /**
   * This instance leads, and has written a heartbeat. `missed`: boundaries that should have been crossed a second ago;
   * null: they could not be counted.
   */
  | { kind: 'heartbeat'; epoch: number; missed: number | null };

type NewsOf<Kind extends News['kind']> = Extract<News, { kind: Kind }>;

/** Passes each piece of news to the parts that want its kind, in the order in which they subscribed. */
export class Dispatcher {
  readonly #takers = new Map<News['kind'], ((news: never) => void)[]>();

  on<Kind extends News['kind']>(kinds: readonly Kind[], take: (news: NewsOf<Kind>) => void): void {
    for (const kind of kinds) this.#takers.set(kind, [...(this.#takers.get(kind) ?? []), take]);
  }

  tell(news: News): void {
    for (const take of this.#takers.get(news.kind) ?? []) take(news as never);
  }
}
