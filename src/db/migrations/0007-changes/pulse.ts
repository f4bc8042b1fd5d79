import { type Names, OWNER } from '../0003-any-deployment/names.ts';

/**
 * As before (0006-succession.ts), but a heartbeat also says where the record ends, for instances that missed a notice.
 */
export const pulse = ({ s }: Names, sequence: string): string => `
BEGIN
CREATE OR REPLACE FUNCTION ${s}.leadership_say() RETURNS trigger ${OWNER} AS $fn$
BEGIN
  IF current_setting('stagebell.mute', true) = 'on' THEN
    RETURN NULL;
  END IF;
  PERFORM ${s}.stage_say(CASE
    WHEN NEW.epoch <> OLD.epoch THEN 'term ' || NEW.epoch
    WHEN NEW.instance IS NULL THEN 'vacant ' || NEW.epoch
    ELSE 'pulse ' || NEW.epoch || ' ' || (extract(epoch FROM clock_timestamp()) * 1000)::bigint
      || CASE WHEN NEW.alive_epoch = NEW.epoch THEN ' alive ' ELSE ' - ' END
      || (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM ${sequence}) END);
  RETURN NULL;
END
$fn$;
END`;
