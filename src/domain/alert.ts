/** What an operator should know and do something about, once for all instances. */
export interface Alert {
  id: string;
  /** What is wrong, in one stable word: `no_leader`, or a part of an instance, such as `redis`. */
  kind: string;
  /** Which one, where there may be several of a kind, such as the id of a webhook; empty: there is only one. */
  subject: string;
  severity: Severity;
  cause: string;
  cure: string;
  detail: string;
  /** When it began, by the database's clock, epoch milliseconds. */
  raisedMs: number;
  /** The instance that raised it. */
  raisedBy: string | null;
  /** null: it still lasts. */
  resolvedMs: number | null;
  resolvedBy: string | null;
}

export const SEVERITIES = ['warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** One that is to be raised. */
export type NewAlert = Pick<Alert, 'kind' | 'severity' | 'cause' | 'cure'> & Partial<Pick<Alert, 'subject' | 'detail'>>;

/**
 * For whoever notices that something is wrong, or is well again. Say it as often as you like: an alert is raised once,
 * whichever instance is first, and resolved once. Both return at once, and are written as soon as the database can be.
 */
export interface Alerts {
  /** @param agoMs how long ago it began */
  raise(alert: NewAlert, agoMs?: number): void;
  resolve(kind: string, subject?: string): void;
}

export const ALERT_TYPES = ['alert.raised', 'alert.resolved'] as const;
export type AlertType = (typeof ALERT_TYPES)[number];

/** An alert as it was when it was raised or resolved, as the record keeps it. */
export interface RecordedAlert extends Alert {
  type: AlertType;
  atMs: number;
}
