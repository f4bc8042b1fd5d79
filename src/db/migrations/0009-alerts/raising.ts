import { quoteLiteral } from '../../names.ts';
import { type Names, OWNER } from '../0003-any-deployment/names.ts';

const COLUMNS = [
  'id',
  'kind',
  'subject',
  'severity',
  'cause',
  'cure',
  'detail',
  'raised_at',
  'raised_by',
  'resolved_at',
  'resolved_by',
];

/** An alert that was resolved while it lasts elsewhere counts anew, and is raised after this. */
const ANEW = '10 s';
/** An instance that has not written its row for this long is gone. */
const LIVE = '660 s';

/**
 * Only these functions write alerts: they have the owner's rights, and those who may write the record may call them.
 * One at a time, so that twenty instances that notice the same raise one. They are rare, and nobody else wants that lock.
 */
export const raising = ({ s }: Names, sequence: string): string => `
BEGIN
-- As an edit takes its place (0007-changes/commit.ts): the lock is held from before the number to the end of the commit.
CREATE FUNCTION ${s}.place_alert(of_type text, of_alert ${s}.alert) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  LOCK TABLE ${s}.change_gate IN ROW EXCLUSIVE MODE;
  INSERT INTO ${s}.alert_event (number, type, alert, at) VALUES (
    nextval(${quoteLiteral(sequence)}::pg_catalog.regclass), of_type,
    jsonb_build_object(${COLUMNS.map((name) => `'${name}', of_alert.${name}`).join(', ')}), date_trunc('milliseconds', clock_timestamp()));
  PERFORM ${s}.stage_say('record');
END
$fn$;

-- Returns 'raised'; 'open': it already is; or 'over': it began before somebody resolved it.
CREATE FUNCTION ${s}.raise_alert(
  of_kind text, of_subject text, of_severity text, of_cause text, of_cure text, of_detail text, by_instance text,
  ago_ms float8, still_lasts boolean
) RETURNS text ${OWNER} SET TimeZone = 'UTC' AS $fn$
DECLARE
  began timestamptz(3) := date_trunc('milliseconds', clock_timestamp() - make_interval(secs => ago_ms / 1000));
  resolved timestamptz(3);
  raised ${s}.alert;
BEGIN
  PERFORM ${s}.refuse_strangers();
  IF EXISTS (SELECT FROM ${s}.alert AS a WHERE a.kind = of_kind AND a.subject = of_subject AND a.resolved_at IS NULL) THEN
    RETURN 'open';
  END IF;
  LOCK TABLE ${s}.alert IN SHARE ROW EXCLUSIVE MODE;
  SELECT max(a.resolved_at) INTO resolved FROM ${s}.alert AS a WHERE a.kind = of_kind AND a.subject = of_subject;
  IF resolved >= began AND NOT (still_lasts AND resolved < clock_timestamp() - interval '${ANEW}') THEN
    RETURN 'over';
  END IF;
  INSERT INTO ${s}.alert (kind, subject, severity, cause, cure, detail, raised_at, raised_by)
  VALUES (of_kind, of_subject, of_severity, of_cause, of_cure, of_detail, greatest(began, resolved), by_instance)
  ON CONFLICT DO NOTHING RETURNING * INTO raised;
  IF raised.id IS NULL THEN
    RETURN 'open';
  END IF;
  PERFORM ${s}.place_alert('alert.raised', raised);
  RETURN 'raised';
END
$fn$;

-- Whether a live instance but this one reports that part as out of order.
CREATE FUNCTION ${s}.is_reported(part text, but uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $fn$
BEGIN
  RETURN EXISTS (
    SELECT FROM ${s}.instance AS i, jsonb_array_elements(i.troubles) AS trouble
    WHERE i.id <> but AND i.seen_at > clock_timestamp() - interval '${LIVE}'
      AND trouble ->> 'part' = is_reported.part AND trouble ->> 'until' IS NULL);
EXCEPTION WHEN insufficient_privilege OR undefined_table OR undefined_column OR invalid_parameter_value THEN
  RETURN false;
END
$fn$;

-- Returns how long it lasted in milliseconds; null: nothing was resolved. If asking is given, an alert about a part is
-- kept while another instance than that one reports the part.
CREATE FUNCTION ${s}.resolve_alert(of_kind text, of_subject text, by_instance text, ago_ms float8, asking uuid)
RETURNS float8 ${OWNER} SET TimeZone = 'UTC' AS $fn$
DECLARE
  ended timestamptz(3) := date_trunc('milliseconds', clock_timestamp() - make_interval(secs => ago_ms / 1000));
  resolved ${s}.alert;
BEGIN
  PERFORM ${s}.refuse_strangers();
  IF NOT EXISTS (SELECT FROM ${s}.alert AS a WHERE a.kind = of_kind AND a.subject = of_subject AND a.resolved_at IS NULL) THEN
    RETURN NULL;
  END IF;
  LOCK TABLE ${s}.alert IN SHARE ROW EXCLUSIVE MODE;
  UPDATE ${s}.alert AS a SET resolved_at = greatest(a.raised_at, ended), resolved_by = by_instance
  WHERE a.kind = of_kind AND a.subject = of_subject AND a.resolved_at IS NULL
    AND (asking IS NULL OR NOT ${s}.is_reported(of_kind, asking))
  RETURNING a.* INTO resolved;
  IF resolved.id IS NULL THEN
    RETURN NULL;
  END IF;
  PERFORM ${s}.place_alert('alert.resolved', resolved);
  RETURN extract(epoch FROM resolved.resolved_at - resolved.raised_at) * 1000;
END
$fn$;
END`;
