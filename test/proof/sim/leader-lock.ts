/** The lock on `leader_alive`, as the server gives it: to one session after the other, in the order in which they came. */
export class LeaderLockQueue<Session> {
  #queue: { session: Session; give: () => void }[] = [];

  /** @param give called when it is this session's, perhaps at once */
  ask(session: Session, give: () => void): void {
    this.#queue.push({ session, give });
    if (this.#queue.length === 1) give();
  }

  get holder(): Session | null {
    return this.#queue[0]?.session ?? null;
  }

  /** The server has seen the end of the session. */
  end(session: Session): void {
    const holder = this.#queue[0];
    this.#queue = this.#queue.filter((each) => each.session !== session);
    const next = this.#queue[0];
    if (next !== undefined && next !== holder) next.give();
  }

  clear(): void {
    this.#queue = [];
  }
}
