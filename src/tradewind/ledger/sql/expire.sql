-- The lifetime of the origin is over: nobody's fault, and never the recipient's.
WITH ended AS (
    UPDATE ledger_message m SET state = 'expired', reason = 'lifetime_over', settled_at = %(now)s
    FROM ledger_origin o
    WHERE o.id = m.origin_id AND o.state IN ('open', 'paused', 'held') AND o.expires_at <= %(now)s
        AND m.state IN ('queued', 'deferred')
    RETURNING m.id, m.workspace_id, m.origin_id, m.contact_id, m.provider
)
INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
SELECT workspace_id, %(now)s, 'expired', origin_id, id, contact_id,
    jsonb_build_object('provider', provider, 'reason', 'lifetime_over')
FROM ended
