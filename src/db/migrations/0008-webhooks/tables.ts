/** Half of each page of `webhook` is left free: its cursor moves all the time, and then touches no index. */
export const tables = (s: string): string => `
BEGIN
CREATE TABLE ${s}.webhook (
  id              uuid PRIMARY KEY DEFAULT ${s}.time_ordered_uuid(),
  url             text NOT NULL,
  description     text,
  types           text[],               -- null: all
  assignment_id   uuid,                 -- no foreign key: a deletion is an event too
  stage_id        uuid,
  secret          text NOT NULL,
  previous_secret text,                 -- signs as well until previous_until
  previous_until  timestamptz(3),
  state           text NOT NULL DEFAULT 'active' CONSTRAINT webhook_state_known CHECK (state IN ('active', 'paused', 'disabled')),
  state_reason    text,
  state_since     timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  -- It has taken every event up to this place of the record.
  read_to         bigint NOT NULL,
  read_n          integer NOT NULL,
  -- A replay that ends before the events that are still to come: up to where it goes, and where to go on then.
  replay_to       bigint,
  replay_n        integer,
  resume_to       bigint,
  resume_n        integer,
  failures        integer NOT NULL DEFAULT 0, -- attempts in a row that failed
  failing_since   timestamptz(3),
  retry_at        timestamptz(3),             -- nothing is sent before it
  owner           uuid,                       -- the instance that delivers
  owned_until     timestamptz(3),
  version         integer NOT NULL DEFAULT 1,
  created_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  updated_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- One row for each event and webhook. No foreign key: those of a deleted webhook go in batches.
CREATE TABLE ${s}.webhook_delivery (
  id              uuid PRIMARY KEY DEFAULT ${s}.time_ordered_uuid(),
  webhook_id      uuid NOT NULL,
  number          bigint NOT NULL,            -- the place of the event
  n               integer NOT NULL,
  type            text NOT NULL,
  about           uuid NOT NULL,              -- the stage, the assignment or the alert: events about one are sent in their order
  body            text,                       -- what is sent, at each attempt the same; null once it is delivered
  state           text NOT NULL DEFAULT 'pending' CONSTRAINT webhook_delivery_state_known CHECK (state IN ('pending', 'succeeded', 'failed')),
  attempts        integer NOT NULL DEFAULT 0,
  first_attempt_at timestamptz(3),
  next_attempt_at timestamptz(3) DEFAULT clock_timestamp(),
  status          integer,                    -- of the last answer; null: there was none
  answer          text,                       -- how its body began
  error           text,
  took_ms         double precision,
  log             jsonb NOT NULL DEFAULT '[]', -- the latest attempts
  created_at      timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  done_at         timestamptz(3),
  CONSTRAINT webhook_delivery_once UNIQUE (webhook_id, number, n)
);
-- Those that are to be sent, and those that were given up: few.
CREATE INDEX webhook_delivery_open ON ${s}.webhook_delivery (webhook_id, state, number, n) WHERE state <> 'succeeded';
END`;
