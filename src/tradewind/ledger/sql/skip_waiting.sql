WITH ended AS (
    UPDATE ledger_message SET state = 'skipped', reason = 'campaign_cancelled', settled_at = %(now)s
    WHERE origin_id = %(origin)s AND state IN ('queued', 'deferred')
    RETURNING id, workspace_id, origin_id, contact_id, provider
),
noted AS (
    INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
    SELECT workspace_id, %(now)s, 'skipped', origin_id, id, contact_id,
        jsonb_build_object('provider', provider, 'reason', 'campaign_cancelled')
    FROM ended
)
SELECT count(*) FROM ended
