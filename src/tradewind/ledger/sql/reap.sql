-- Workers that are silent for too long, whose journal nobody could read: what they held may or may not have been
-- taken, so it is unknown. Never queued again by itself.
WITH lost AS (
    SELECT id FROM ledger_worker WHERE stopped_at IS NULL AND seen_at < %(silent_since)s
),
doubted AS (
    UPDATE ledger_message m SET state = 'unknown', reason = 'worker_lost', settled_at = %(now)s
    FROM lost WHERE m.worker_id = lost.id AND m.state = 'claimed'
    RETURNING m.id, m.workspace_id, m.origin_id, m.contact_id, m.provider
)
INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
SELECT workspace_id, %(now)s, 'unknown', origin_id, id, contact_id,
    jsonb_build_object('provider', provider, 'reason', 'worker_lost')
FROM doubted
