import type { Names } from '../0003-any-deployment/names.ts';

export const tables = ({ s }: Names): string => `
BEGIN
CREATE TABLE ${s}.alert (
  id          uuid PRIMARY KEY DEFAULT ${s}.time_ordered_uuid(),
  kind        text NOT NULL,
  subject     text NOT NULL DEFAULT '',
  severity    text NOT NULL CONSTRAINT alert_severity_known CHECK (severity IN ('warning', 'critical')),
  cause       text NOT NULL,
  cure        text NOT NULL,
  detail      text NOT NULL DEFAULT '',
  raised_at   timestamptz(3) NOT NULL, -- when it began
  raised_by   text,
  resolved_at timestamptz(3),          -- null: it still lasts
  resolved_by text
);
CREATE UNIQUE INDEX alert_open ON ${s}.alert (kind, subject) WHERE resolved_at IS NULL;
CREATE INDEX alert_by_kind ON ${s}.alert (kind, subject, resolved_at);
CREATE INDEX alert_by_age ON ${s}.alert (raised_at, id);

-- An alert as it was when it was raised or resolved, and its place in the order of events: a number of the sequence
-- that transitions take theirs from.
CREATE TABLE ${s}.alert_event (
  number bigint PRIMARY KEY,
  type   text NOT NULL CONSTRAINT alert_event_type_known CHECK (type IN ('alert.raised', 'alert.resolved')),
  alert  jsonb NOT NULL,
  at     timestamptz(3) NOT NULL
);
END`;
