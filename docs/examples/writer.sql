-- Dates moved by a program that knows nothing but SQL: the status follows in the same transaction, every instance hears
-- of it, and the record says who did it and why.
BEGIN;
SET LOCAL stagebell.actor = 'li.wei';
SET LOCAL stagebell.reason = 'The library is closed until Monday.';

UPDATE stage SET end_date = end_date + interval '2 days'
WHERE assignment_id = (SELECT id FROM assignment WHERE external_id = 'essay-2026') AND status <> 'completed';

INSERT INTO stage (assignment_id, name, start_date, end_date)
SELECT id, 'Peer review', now() + interval '1 week', now() + interval '2 weeks' FROM assignment WHERE external_id = 'essay-2026';
COMMIT;

-- Who moved which date, from what to what, and why.
SELECT changed_at, actor, role, action, was, became, reason FROM change ORDER BY statement DESC, n LIMIT 10;
