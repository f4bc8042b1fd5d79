import type { EventType, Place } from '../domain/event.ts';

/** An active webhook, as what delivers knows it. Times are milliseconds from now, by the database's clock. */
export interface Endpoint {
  id: string;
  version: number;
  url: string;
  /** null: all. */
  types: EventType[] | null;
  assignmentId: string | null;
  stageId: string | null;
  secret: string;
  /** null: there is none. */
  previousSecret: string | null;
  previousForMs: number | null;
  readTo: Place;
  /** A replay of a part: its end, and where to go on then. */
  replayTo: Place | null;
  resumeTo: Place | null;
  /** Attempts in a row that failed. */
  failures: number;
  /** Nothing is sent before it; null: now. */
  retryInMs: number | null;
}

/** An event that is to be sent. */
export interface Parcel {
  /** Of the row in webhook_delivery. */
  id: string;
  place: Place;
  type: string;
  /** The stage, else the assignment, else the alert. */
  about: string;
  body: string;
  attempts: number;
  /** Since the first attempt; null: there was none. */
  triedForMs: number | null;
}
