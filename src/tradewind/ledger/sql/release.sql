-- Everything a worker still holds goes back: it was claimed and never on its way.
WITH freed AS (
    UPDATE ledger_message m SET
        state = CASE WHEN g.state = 'cancelled' THEN 'skipped' WHEN m.attempts > 0 THEN 'deferred' ELSE 'queued' END,
        reason = CASE WHEN g.state = 'cancelled' THEN 'campaign_cancelled' ELSE '' END,
        settled_at = CASE WHEN g.state = 'cancelled' THEN %(now)s END,
        worker_id = NULL, recoveries = m.recoveries + 1
    FROM ledger_origin g
    WHERE g.id = m.origin_id AND m.worker_id = %(worker)s AND m.state = 'claimed'
    RETURNING m.id, m.workspace_id, m.origin_id, m.contact_id, m.provider, m.state, m.reason
)
INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
SELECT workspace_id, %(now)s, CASE WHEN state = 'skipped' THEN 'skipped' ELSE 'returned' END, origin_id, id, contact_id,
    jsonb_build_object('provider', provider, 'reason', reason)
FROM freed
