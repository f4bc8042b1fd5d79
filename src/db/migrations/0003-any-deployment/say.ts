import { FULL_QUEUE } from '../../names.ts';
import { type Names, OWNER } from './names.ts';

/**
 * What is said, and on which channel. The channel is named after the table's oid, which nothing else in the database
 * has, whatever the schema is called. Earlier releases listen on a channel named after the schema; for one release
 * everything is said there too.
 *
 * A notification is a hint, and must not make its transaction fail. One session that listens and is idle in a
 * transaction, in any database of the server, can fill the queue for all. Then nothing is said, and the leader looks
 * for edits itself (src/instance/health/full-queue.ts). Asking how full the queue is also removes what everybody has
 * heard.
 */
export const say = ({ s, table, oldChannel }: Names): string => `
CREATE FUNCTION ${s}.notify_queue_usage() RETURNS float8 LANGUAGE sql VOLATILE AS $fn$
  SELECT pg_catalog.pg_notification_queue_usage()
$fn$;

-- Called by triggers that have set their search_path: to set it here again would cost as much as all the rest.
CREATE FUNCTION ${s}.stage_say(payload text) RETURNS void LANGUAGE plpgsql AS $fn$
BEGIN
  IF ${s}.notify_queue_usage() > ${FULL_QUEUE} THEN
    RETURN;
  END IF;
  PERFORM pg_notify('stagebell_' || ${table('stage')}::oid, payload), pg_notify('${oldChannel}', payload);
END
$fn$;

-- Who leads is told by the table that says so, whichever release writes it. The pulse proves every instance's
-- ears, and tells them the time: who should hear it and does not is deaf.
CREATE FUNCTION ${s}.leadership_say() RETURNS trigger ${OWNER} AS $fn$
BEGIN
  IF current_setting('stagebell.mute', true) = 'on' THEN
    RETURN NULL;
  END IF;
  PERFORM ${s}.stage_say(CASE
    WHEN NEW.epoch <> OLD.epoch THEN 'term ' || NEW.epoch
    WHEN NEW.instance IS NULL THEN 'vacant ' || NEW.epoch
    ELSE 'pulse ' || NEW.epoch || ' ' || (extract(epoch FROM clock_timestamp()) * 1000)::bigint END);
  RETURN NULL;
END
$fn$;
CREATE TRIGGER leadership_say AFTER UPDATE ON ${s}.leadership FOR EACH ROW EXECUTE FUNCTION ${s}.leadership_say();
`;
