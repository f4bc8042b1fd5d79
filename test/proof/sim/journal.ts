import type { Status } from '../../../src/domain/stage.ts';
import type { RecordedTransition } from '../../support/record.ts';

/**
 * What really happened, in the order in which it committed: triggers of the simulation's own note every
 * change of the tables that matter. The service does not know of them. Ids are made without chance.
 */
export const JOURNAL = `
CREATE TABLE journal (n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at float8 NOT NULL DEFAULT extract(epoch FROM clock_timestamp()) * 1000,
  tx text NOT NULL DEFAULT pg_current_xact_id()::text, kind text NOT NULL, row jsonb NOT NULL);

CREATE FUNCTION to_ms(at timestamptz) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$ SELECT (extract(epoch FROM at) * 1000)::float8 $$;

CREATE FUNCTION note_stage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO public.journal (kind, row) VALUES ('deleted', jsonb_build_object('id', OLD.id));
  ELSE
    INSERT INTO public.journal (kind, row) VALUES ('stage', jsonb_build_object('id', NEW.id, 'startMs', public.to_ms(NEW.start_date), 'endMs', public.to_ms(NEW.end_date),
      'status', NEW.status, 'version', NEW.version));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER note_stage AFTER INSERT OR UPDATE OR DELETE ON stage FOR EACH ROW EXECUTE FUNCTION note_stage();

CREATE FUNCTION note_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.journal (kind, row) VALUES ('transition', jsonb_build_object('id', NEW.id::text, 'stageId', NEW.stage_id, 'from', NEW.from_status,
    'to', NEW.to_status, 'dueMs', public.to_ms(NEW.due_at), 'occurredMs', public.to_ms(NEW.occurred_at), 'cause', NEW.cause,
    'instance', NEW.instance, 'term', NEW.term, 'actor', NEW.actor));
  RETURN NULL;
END $$;
CREATE TRIGGER note_transition AFTER INSERT ON transition FOR EACH ROW EXECUTE FUNCTION note_transition();

CREATE FUNCTION note_leadership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.journal (kind, row) VALUES ('leadership', jsonb_build_object('epoch', NEW.epoch, 'instance', NEW.instance));
  RETURN NULL;
END $$;
CREATE TRIGGER note_leadership AFTER INSERT OR UPDATE OF epoch, instance ON leadership FOR EACH ROW EXECUTE FUNCTION note_leadership();

CREATE SEQUENCE simulated_uuid;
CREATE FUNCTION public.gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT md5(nextval('simulated_uuid')::text)::uuid $$;
ALTER TABLE leadership ALTER COLUMN nonce SET DEFAULT public.gen_random_uuid(), ALTER COLUMN deployment SET DEFAULT public.gen_random_uuid();

-- Which session it is that asks, and which ones there are.
CREATE FUNCTION public.pg_backend_pid() RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT current_setting('simulated.backend')::integer $$;
-- Locks of sessions, which are none in the one session of PGlite. Of sessions that have ended they are free.
CREATE TABLE simulated_lock (class integer, key integer, backend integer);
CREATE FUNCTION public.pg_try_advisory_xact_lock(c integer, k integer) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT NOT EXISTS (SELECT FROM public.simulated_lock WHERE class = c AND key = k AND backend <> public.pg_backend_pid()
    AND backend = ANY (current_setting('simulated.backends')::integer[]))
$$;
CREATE FUNCTION public.pg_try_advisory_lock(c integer, k integer) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  IF NOT public.pg_try_advisory_xact_lock(c, k) THEN RETURN false; END IF;
  INSERT INTO public.simulated_lock VALUES (c, k, public.pg_backend_pid());
  RETURN true;
END $$;

-- How full the server's notification queue is: nobody else is there to fill it. Where it overflows there was room
-- when the trigger looked, and none at the commit.
CREATE OR REPLACE FUNCTION public.notify_queue_usage() RETURNS float8 LANGUAGE sql VOLATILE AS $$
  SELECT CASE current_setting('simulated.queue', true) WHEN 'full' THEN 0.95 ELSE 0 END::float8
$$;
ALTER FUNCTION public.stage_say(text) RENAME TO stage_said;
CREATE FUNCTION public.stage_say(payload text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('simulated.queue', true) = 'overflowing' THEN
    RAISE EXCEPTION 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000';
  END IF;
  PERFORM public.stage_said(payload);
END $$;

SET search_path = public, pg_catalog;
SET plan_cache_mode = force_generic_plan;
`;

interface Common {
  n: number;
  /** The database's clock at that moment, epoch milliseconds with a fraction. */
  at: number;
  /** Its transaction. */
  tx: string;
}

export type Noted = Common &
  (
    | {
        kind: 'stage';
        row: { id: string; startMs: number | null; endMs: number | null; status: Status; version: number };
      }
    /** The database's clock stepped: so far it is ahead of true time from here on. */
    | { kind: 'clock'; row: { aheadMs: number } }
    | { kind: 'deleted'; row: { id: string } }
    | { kind: 'leadership'; row: { epoch: number; instance: string | null } }
    | { kind: 'transition'; row: RecordedTransition }
  );

export const READ_JOURNAL = 'SELECT n::float8 AS n, at, tx, kind, row FROM journal ORDER BY n';
