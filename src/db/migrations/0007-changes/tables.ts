import type { Names } from '../0003-any-deployment/names.ts';

export const tables = ({ s }: Names): string => `
BEGIN
-- Numbers statements that change something. Drawn early, so it is no order: that is change_commit's. It belongs to no
-- column, so that TRUNCATE ... RESTART IDENTITY does not begin it again under statements that are under way.
CREATE SEQUENCE ${s}.change_statement_seq;

-- One row for each stage or assignment that a statement created, edited or deleted. No foreign key: it outlives them.
CREATE TABLE ${s}.change (
  statement     bigint NOT NULL,
  n             integer NOT NULL,       -- the place within the statement
  stage_id      uuid,                   -- null: a change of the assignment itself
  assignment_id uuid NOT NULL,
  action        text NOT NULL CONSTRAINT change_action_known CHECK (action IN ('created', 'edited', 'deleted')),
  was           jsonb,                  -- the fields that differ; null where it did not exist
  became        jsonb,                  -- null where it does not exist any more
  changed_at    timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds', clock_timestamp()),
  batch         text NOT NULL,          -- shared by all changes of one transaction
  instance      text,
  actor         text,
  role          text DEFAULT session_user,
  reason        text,
  PRIMARY KEY (statement, n)
);
CREATE INDEX change_of_stage ON ${s}.change (stage_id);
CREATE INDEX change_of_assignment ON ${s}.change (assignment_id);
-- A stage that went to another assignment belongs to the history of both.
CREATE INDEX change_from_assignment ON ${s}.change ((was ->> 'assignment_id'))
  WHERE stage_id IS NOT NULL AND action = 'edited' AND (was ->> 'assignment_id') IS NOT NULL;

-- Where the changes of a statement stand in the order of events: a number of the sequence that transitions take theirs from.
CREATE TABLE ${s}.change_commit (
  number    bigint PRIMARY KEY,
  statement bigint NOT NULL UNIQUE
);

-- Held by whoever takes such a number, from before that to the end of the commit (settled.ts). Of no columns and no rows.
CREATE TABLE ${s}.change_gate ();

-- Up to where the record was pruned: what came before is gone.
CREATE TABLE ${s}.record_pruned (
  only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  up_to     bigint NOT NULL,
  n         integer NOT NULL DEFAULT 0, -- and of the changes with that number up to this one: all there were
  pruned_at timestamptz(3) NOT NULL
);
INSERT INTO ${s}.record_pruned (up_to, pruned_at) VALUES (0, now());

-- Who reads the record for good, and how far each has come: nothing beyond is pruned. Any program may keep a row here.
CREATE TABLE ${s}.record_consumer (
  name    text PRIMARY KEY CHECK (char_length(name) BETWEEN 1 AND 200),
  read_to bigint NOT NULL DEFAULT 0, -- it has read everything up to this number
  seen_at timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

ALTER TABLE ${s}.edit ADD COLUMN statement bigint;
DROP FUNCTION IF EXISTS ${s}.edit_author() CASCADE;
END`;
