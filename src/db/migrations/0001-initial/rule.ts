/**
 * The rule in SQL, and the triggers that derive status and version for every writer (G4).
 *
 * The advance (db/leading/advance.ts) moves stages itself and says so with `stagebell.advance` = 'on' for
 * the length of its statement; the triggers then stand aside, because it derives, records and
 * counts in one set-based statement what they do row by row.
 */
export const NOT_ADVANCING = `current_setting('stagebell.advance', true) IS DISTINCT FROM 'on'`;

export const rule = (s: string): string => `
-- The rule. Half-open: start <= at < end is active.
CREATE FUNCTION ${s}.stage_status(start_date timestamptz, end_date timestamptz, at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN start_date IS NULL OR at < start_date THEN 'pending'
              WHEN end_date IS NULL OR at < end_date THEN 'active'
              ELSE 'completed' END
$$;

CREATE FUNCTION ${s}.stage_derive() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.status := ${s}.stage_status(NEW.start_date, NEW.end_date, clock_timestamp());
    RETURN NEW;
  END IF;
  -- An edit of the name alone leaves the status as it is: what is due is the leader's to move, and
  -- re-deriving here could take back a transition after a backward step of the clock.
  IF (NEW.start_date, NEW.end_date, NEW.status) IS DISTINCT FROM (OLD.start_date, OLD.end_date, OLD.status) THEN
    NEW.status := ${s}.stage_status(NEW.start_date, NEW.end_date, clock_timestamp());
  END IF;
  NEW.version := OLD.version + 1;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;

-- clock_timestamp and not the statement's time: a statement that waited for a row lock must not
-- judge by the moment at which it began to wait.
CREATE TRIGGER stage_derive_on_insert BEFORE INSERT ON ${s}.stage FOR EACH ROW
  WHEN (NEW.status IS DISTINCT FROM ${s}.stage_status(NEW.start_date, NEW.end_date, clock_timestamp()))
  EXECUTE FUNCTION ${s}.stage_derive();
CREATE TRIGGER stage_derive_on_update BEFORE UPDATE ON ${s}.stage FOR EACH ROW
  WHEN (${NOT_ADVANCING} AND OLD.* IS DISTINCT FROM NEW.*)
  EXECUTE FUNCTION ${s}.stage_derive();

CREATE FUNCTION ${s}.assignment_touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END
$$;
CREATE TRIGGER assignment_touch BEFORE UPDATE ON ${s}.assignment FOR EACH ROW
  WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION ${s}.assignment_touch();
`;
