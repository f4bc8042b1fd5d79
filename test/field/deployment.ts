import type { Ground } from './ground.ts';

/** One way in which the world runs Stagebell: servers, roles, poolers, what users did to the tables. */
export interface Deployment {
  name: string;
  /** Needs an installation, or more time than the short form has. */
  isLong?: boolean;
  /** Leaders are replaced in the short form too: what it is about decides who leads. */
  isAboutLeaders?: boolean;
  /** @throws Missing where a server that it needs cannot be had here */
  up(ground: Ground): Promise<Site>;
}

/** A deployment that is up, without the service. */
export interface Site {
  /** Past everything that the service has to cope with: the test's own eyes. Finds the tables. */
  adminUrl: string;
  /** Of the program that edits stages with plain SQL; the test's own by default. */
  writerUrl?: string;
  /** What the service is started with. */
  env: Record<string, string>;
  /** What differs from that in one of its instances. */
  instanceEnv?(instance: string): Record<string, string>;
  /** What differs from that for whoever runs doctor and status. */
  toolEnv?: Record<string, string>;
  /** Where this deployment may differ from a plain one. */
  expected?: Partial<Expected>;
  /** In place of all behaviours: it refuses to work, in these words. */
  refusal?: Refusal;
  /** Brings the trouble that this deployment is about, once the service is ready. @param urls where its instances answer at the time */
  onReady?(urls: () => readonly string[]): Promise<unknown>;
  down(): Promise<void>;
}

/** The bounds of each behaviour. Milliseconds. */
export interface Expected {
  /** A bell may be this late. */
  bellMs: number;
  /** And has one of these causes: a sweep is a bell that nothing rang for. */
  causes: readonly string[];
  handOverMs: number;
  crashMs: number;
  burstMs: number;
  /** What /readyz says that the service does without. */
  degraded: readonly string[];
  /** And beside it what only the leader can know. */
  leaderDegraded: readonly string[];
  /** And what each may say, or not: it depends on which of them was first. */
  mayDegrade: readonly string[];
  /** Requests may be told to come again (503), and are sent again. */
  mayBeBusy: boolean;
  /** Stages that stay behind their dates, because nobody could move them. */
  behind: number;
  /** The lines of doctor that fail, one pattern each; none: all is well. */
  doctor: readonly RegExp[];
}

/** What is said where it says no; each is searched in the text. */
export interface Refusal {
  /** In the log, or on stderr where the service ends. */
  log: RegExp;
  /** GET /readyz answers 503 with this; null: the process ends with `exitCode`. */
  readyz: RegExp | null;
  exitCode?: number;
  doctor: RegExp;
}

/** A server that this row needs and that cannot be had on this machine. */
export class Missing extends Error {}

export const LEASE_MS = 1000;

export const PLAIN: Expected = {
  bellMs: 100,
  causes: ['timer'],
  handOverMs: 500,
  crashMs: LEASE_MS + 1000,
  burstMs: 2000,
  degraded: [],
  leaderDegraded: [],
  mayDegrade: [],
  mayBeBusy: false,
  behind: 0,
  doctor: [],
};

/** Without its lock service a dead leader is noticed by its heartbeat. */
export const BY_HEARTBEAT_MS = 3.5 * LEASE_MS + 1000;
