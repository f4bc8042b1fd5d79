import { type StagebellProcess, startServe } from '../../support/processes.ts';
import { complaintsOf } from './complaints.ts';
import { FakeClock } from './fake-clock.ts';
import type { Wiring } from './links/wiring.ts';

/** How an instance may end without a complaint. */
type Farewell = 'killed' | 'stopped';

/** A place for one process after the other, with links and a wall clock of its own. */
export class Instance {
  readonly name: string;
  readonly wiring: Wiring;
  /** null where libfaketime is not to be had. */
  readonly clock: FakeClock | null;
  /** Every process that this place has had, for their logs. */
  readonly processes: StagebellProcess[] = [];
  readonly complaints: string[] = [];
  readonly #environment: Record<string, string>;
  readonly #farewells = new Map<number, Farewell>();
  #current: StagebellProcess | null = null;

  constructor(name: string, wiring: Wiring, clock: FakeClock | null, environment: Record<string, string>) {
    this.name = name;
    this.wiring = wiring;
    this.clock = clock;
    this.#environment = { ...environment, ...clock?.environment, ...wiring.environment, INSTANCE_NAME: name };
  }

  /** Where its HTTP listens; null while nobody is there. */
  get port(): number | null {
    return this.#current?.hasExited === false ? this.#current.port : null;
  }

  get process(): StagebellProcess {
    if (this.#current === null) throw new Error(`${this.name} was never started.`);
    return this.#current;
  }

  /** What its processes logged, one after the other. */
  get log(): string {
    return this.processes
      .map(({ pid, lines, text }) => `${lines.map((line) => JSON.stringify({ pid, ...line })).join('\n')}\n${text}`)
      .join('\n');
  }

  /**
   * Resolves when it is ready. While an older process is still there, the new one takes its requests.
   * @param settings for this process alone
   */
  async start(settings: Record<string, string> = {}): Promise<void> {
    const process = await startServe({ ...this.#environment, ...settings });
    this.processes.push(process);
    if (this.clock !== null) FakeClock.cleanUpAfter(process.pid, process.exited);
    process.exited.then(({ code, signal }) => {
      const farewell = this.#farewells.get(process.pid);
      const isAsAsked = farewell === 'killed' ? signal === 'SIGKILL' : farewell === 'stopped' && code === 0;
      if (!isAsAsked)
        this.complaints.push(
          `${this.name} (${process.pid}) ended with ${signal ?? code}; it was ${farewell ?? 'not asked to'}`,
        );
      this.complaints.push(...complaintsOf(this.name, process));
    });
    await process.ready(90_000);
    this.#current = process;
  }

  async kill(process = this.process): Promise<void> {
    this.#farewells.set(process.pid, 'killed');
    await process.kill9();
  }

  async stop(process = this.process): Promise<void> {
    this.#farewells.set(process.pid, 'stopped');
    await process.stop('SIGTERM');
  }

  /** Asked again while it is at it, as platforms do: the first time is the one that counts. */
  async stopTwice(process = this.process): Promise<void> {
    const stopped = this.stop(process);
    await process.waitForLog('stopping').catch(() => {});
    await Promise.all([stopped, this.stop(process)]);
  }

  /** Blocks its event loop for as long as stall.ts was told at its start. */
  stall(): void {
    process.kill(this.process.pid, 'SIGWINCH');
  }
}
