import type { Parcel } from './endpoint.ts';

/**
 * What a courier has in hand: parcels that wait, and those that are out. Of several about one stage only the first is
 * out, so that they are sent in their order.
 */
export class Bag {
  readonly #waiting: Parcel[] = [];
  /** Sent, and not yet written down. */
  readonly #out = new Map<string, Parcel>();
  readonly #abouts = new Set<string>();

  add(parcels: readonly Parcel[]): void {
    this.#waiting.push(...parcels);
  }

  /** The next that may be sent; null: there is none for now. */
  next(): Parcel | null {
    const i = this.#waiting.findIndex(({ about }) => !this.#abouts.has(about));
    const [parcel] = i < 0 ? [] : this.#waiting.splice(i, 1);
    if (parcel === undefined) return null;
    this.#out.set(parcel.id, parcel);
    this.#abouts.add(parcel.about);
    return parcel;
  }

  /** Its attempt has ended: the next about the same may be sent. */
  answered({ about }: Parcel): void {
    this.#abouts.delete(about);
  }

  /** What became of it is in the database. */
  written(id: string): void {
    this.#out.delete(id);
  }

  /** Puts down what waits: the database still has it. */
  empty(): void {
    this.#waiting.length = 0;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get sending(): number {
    return this.#abouts.size;
  }

  /** Nothing waits, is sent, or is still to be written. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#out.size === 0;
  }

  get ids(): string[] {
    return [...this.#waiting.map(({ id }) => id), ...this.#out.keys()];
  }
}
