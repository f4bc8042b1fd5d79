import { type Filter, isWanted } from './filter.ts';
import type { Frame } from './frame.ts';
import type { StreamReader } from './stream-reader.ts';

/** Live readers that want the same. */
interface Group {
  filter: Filter;
  readers: Set<StreamReader>;
}

/** What all readers of a group get. */
export interface Delivery {
  readers: readonly StreamReader[];
  frames: Frame[];
}

/** Finds who wants an event without asking everybody: readers may follow a stage each. */
export class Audience {
  readonly #groups = new Map<string, Group>();
  /** By the topic that an event must have; '' for those who want any. */
  readonly #byTopic = new Map<string, Set<Group>>();

  add(reader: StreamReader): void {
    const { filter } = reader;
    let group = this.#groups.get(filter.key);
    if (group === undefined) {
      group = { filter, readers: new Set() };
      this.#groups.set(filter.key, group);
      const topic = topicOf(filter);
      this.#byTopic.set(topic, (this.#byTopic.get(topic) ?? new Set()).add(group));
    }
    group.readers.add(reader);
  }

  remove(reader: StreamReader): void {
    const { filter } = reader;
    const group = this.#groups.get(filter.key);
    if (group === undefined) return;
    group.readers.delete(reader);
    if (group.readers.size > 0) return;
    this.#groups.delete(filter.key);
    const topic = topicOf(filter);
    const groups = this.#byTopic.get(topic);
    groups?.delete(group);
    if (groups?.size === 0) this.#byTopic.delete(topic);
  }

  readers(): StreamReader[] {
    return [...this.#groups.values()].flatMap(({ readers }) => [...readers]);
  }

  /** To whom these events go. Whoever joins or leaves later is not looked at. */
  deliveries(frames: readonly Frame[]): Delivery[] {
    const wanted = new Map<Group, Frame[]>();
    for (const frame of frames) {
      for (const topic of ['', ...frame.topics]) {
        for (const group of this.#byTopic.get(topic) ?? []) {
          if (!isWanted(group.filter, frame)) continue;
          const listed = wanted.get(group);
          if (listed === undefined) wanted.set(group, [frame]);
          else listed.push(frame);
        }
      }
    }
    return [...wanted].map(([{ readers }, frames]) => ({ readers: [...readers], frames }));
  }
}

const topicOf = ({ topics }: Filter): string => topics[0] ?? '';

export const textOf = (frames: readonly Frame[]): Buffer => Buffer.from(frames.map(({ text }) => text).join(''));

type Given = [reader: StreamReader, frames: Frame[], bytes: () => Buffer];

/** Each reader with what it gets. The bytes are the same for all readers of a delivery. */
export function* each(deliveries: readonly Delivery[]): Generator<Given> {
  for (const { readers, frames } of deliveries) {
    let made: Buffer | null = null;
    const bytes = (): Buffer => {
      made ??= textOf(frames);
      return made;
    };
    for (const reader of readers) yield [reader, frames, bytes];
  }
}
