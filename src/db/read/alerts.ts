import type { Alert, AlertType, RecordedAlert, Severity } from '../../domain/alert.ts';
import { BEGINNING, type Place, type RecordedEvent } from '../../domain/event.ts';
import type { Queryable } from '../database.ts';
import { instantOf } from '../entities/instant.ts';
import { arrayOf, msOf, type Reader, shownMsOf } from './stages.ts';
import { all, condition } from './where.ts';

const COLUMNS = `id, kind, subject, severity, cause, cure, detail, ${shownMsOf('raised_at')} AS "raisedMs", raised_by AS "raisedBy",
  CASE WHEN resolved_at IS NOT NULL THEN ${shownMsOf('resolved_at')} END AS "resolvedMs", resolved_by AS "resolvedBy"`;

/** Which alerts are wanted; undefined: whichever. */
export interface AlertQuery {
  isOpen?: boolean;
  kind?: string | undefined;
  /** The last one of the page before. */
  after: { raisedMs: number; id: string } | null;
  limit: number;
}

/** The latest first. */
export function readAlerts(em: Reader, { isOpen, kind, after, limit }: AlertQuery): Promise<Alert[]> {
  const wanted = all([
    ...(isOpen === undefined ? [] : [condition(`resolved_at IS ${isOpen ? '' : 'NOT '}NULL`)]),
    ...(kind === undefined ? [] : [condition('kind = ?', kind)]),
    ...(after === null
      ? []
      : [condition('(raised_at, id) < (?::timestamptz, ?::uuid)', instantOf(after.raisedMs), after.id)]),
  ]);
  return em.execute<Alert[]>(
    `SELECT ${COLUMNS} FROM alert WHERE ${wanted.sql} ORDER BY raised_at DESC, id DESC LIMIT ?`,
    [...wanted.values, limit],
  );
}

export async function readAlert(em: Reader, id: string): Promise<Alert | null> {
  const [row] = await em.execute<Alert[]>(`SELECT ${COLUMNS} FROM alert WHERE id = ?::uuid`, [id]);
  return row ?? null;
}

const OPEN = {
  name: 'open_alerts',
  text: `SELECT ${COLUMNS} FROM alert WHERE resolved_at IS NULL ORDER BY raised_at, id`,
};

/** Those that last, oldest first. */
export function readOpenAlerts(db: Queryable): Promise<Alert[]> {
  return db.query<Alert>(OPEN);
}

export interface AlertEventQuery {
  after: Place;
  /** The last number to be looked at. */
  upTo: string;
  types: readonly AlertType[];
  limit: number;
}

// There are few alerts. To plan the whole question takes a tenth of a page, so a small one comes first.
const PRUNED = `SELECT up_to::text AS number, n, EXISTS (
    SELECT FROM alert_event WHERE alert_event.number > ?::bigint AND alert_event.number <= ?::bigint) AS "areAlerts"
  FROM record_pruned`;
// Of one moment: what is pruned is marked before it is deleted, so these are all behind the mark.
const PRUNED_WITH_ALERTS = `SELECT (SELECT up_to FROM record_pruned)::text AS number, (SELECT n FROM record_pruned) AS n,
  (SELECT coalesce(json_agg(event), '[]') FROM (
    SELECT number::text AS number, type, alert, ${msOf('at')} AS "atMs" FROM alert_event
    WHERE number > ?::bigint AND number <= ?::bigint AND type = ANY (?::text[]) ORDER BY alert_event.number LIMIT ?
  ) AS event) AS alerts`;

/** The last place that was pruned, and at that moment the events of alerts behind a place. */
export async function readPrunedWithAlerts(
  em: Reader,
  { after, upTo, types, limit }: AlertEventQuery,
): Promise<{ pruned: Place; alerts: RecordedEvent[] }> {
  const [pruned] = await em.execute<(Place & { areAlerts: boolean })[]>(PRUNED, [after.number, upTo]);
  if (pruned !== undefined && (!pruned.areAlerts || types.length === 0)) {
    return { pruned: { number: pruned.number, n: pruned.n }, alerts: [] };
  }
  const [row] = await em.execute<(Partial<Place> & { alerts: AlertEventRow[] })[]>(PRUNED_WITH_ALERTS, [
    after.number,
    upTo,
    arrayOf(types),
    limit,
  ]);
  const { number, n, alerts = [] } = row ?? {};
  return { pruned: number && n !== undefined ? { number, n } : BEGINNING, alerts: alerts.map(eventOf) };
}

interface AlertEventRow {
  number: string;
  type: AlertType;
  atMs: number;
  /** As the database keeps it (migrations/0009-alerts/raising.ts). */
  alert: {
    id: string;
    kind: string;
    subject: string;
    severity: Severity;
    cause: string;
    cure: string;
    detail: string;
    raised_at: string;
    raised_by: string | null;
    resolved_at: string | null;
    resolved_by: string | null;
  };
}

function eventOf({ number, type, atMs, alert }: AlertEventRow): RecordedEvent {
  const { raised_at, raised_by, resolved_at, resolved_by, ...rest } = alert;
  const recorded: RecordedAlert = {
    ...rest,
    type,
    atMs,
    raisedMs: Date.parse(raised_at),
    raisedBy: raised_by,
    resolvedMs: resolved_at === null ? null : Date.parse(resolved_at),
    resolvedBy: resolved_by,
  };
  return { place: { number, n: 0 }, alert: recorded };
}
