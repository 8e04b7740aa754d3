-- An origin is closed when it was planned to the end and nothing of it waits. Counted from rows, never from a cursor.
WITH done AS (
    UPDATE ledger_origin o SET state = 'closed', state_reason = '', state_changed_at = %(now)s
    WHERE o.state IN ('open', 'held', 'paused') AND o.planned_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM ledger_message m WHERE m.origin_id = o.id AND m.state IN ('queued', 'claimed', 'deferred')
    )
    RETURNING o.id, o.workspace_id
),
noted AS (
    INSERT INTO ledger_event (workspace_id, at, type, origin_id, data)
    SELECT workspace_id, %(now)s, 'closed', id, '{}'::jsonb FROM done
)
SELECT id FROM done
