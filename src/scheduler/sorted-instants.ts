/** A sorted set of instants (epoch milliseconds). Most are added at its end. */
export class SortedInstants {
  #ascending: number[] = [];

  get size(): number {
    return this.#ascending.length;
  }

  get first(): number | undefined {
    return this.#ascending[0];
  }

  get last(): number | undefined {
    return this.#ascending.at(-1);
  }

  has(atMs: number): boolean {
    return this.#ascending[this.#indexOf(atMs)] === atMs;
  }

  add(atMs: number): void {
    const index = this.#indexOf(atMs);
    if (this.#ascending[index] !== atMs) this.#ascending.splice(index, 0, atMs);
  }

  delete(atMs: number): void {
    const index = this.#indexOf(atMs);
    if (this.#ascending[index] === atMs) this.#ascending.splice(index, 1);
  }

  /** Takes out the first one. */
  shift(): number | undefined {
    return this.#ascending.shift();
  }

  /** Takes out the last one. */
  pop(): number | undefined {
    return this.#ascending.pop();
  }

  retain(keep: ReadonlySet<number>): void {
    this.#ascending = this.#ascending.filter((atMs) => keep.has(atMs));
  }

  /** Where it is, or belongs. */
  #indexOf(atMs: number): number {
    let [low, high] = [0, this.#ascending.length];
    if ((this.last ?? Number.NEGATIVE_INFINITY) < atMs) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ascending[middle] ?? atMs) < atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
