import type { Message } from './message.ts';

/** What the parts of an instance are told: what is said on the channel, and what may have been said unheard. */
export type News =
  | Message
  /** What was said for a while was not heard: whatever it was, read it. */
  | { kind: 'missed' }
  /** The notification queue is full, so nothing is said of edits. */
  | { kind: 'unsaid' }
  /** Nothing is heard. Perhaps nothing is said. */
  | { kind: 'silence' };

type NewsOf<Kind extends News['kind']> = Extract<News, { kind: Kind }>;

/** Hands each piece of news to the parts that want its kind, in the order in which they asked for it. */
export class Dispatcher {
  readonly #takers = new Map<News['kind'], ((news: never) => void)[]>();

  on<Kind extends News['kind']>(kinds: readonly Kind[], take: (news: NewsOf<Kind>) => void): void {
    for (const kind of kinds) this.#takers.set(kind, [...(this.#takers.get(kind) ?? []), take]);
  }

  tell(news: News): void {
    for (const take of this.#takers.get(news.kind) ?? []) take(news as never);
  }
}
