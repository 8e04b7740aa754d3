-- Outcomes of a worker, in one statement: rows, attempts, events, suppressions. Fenced by (worker, claimed_at), so an
-- outcome handed in twice, or late, settles nothing twice. A deferral that would outlive its origin expires here; one
-- whose campaign was cancelled meanwhile is skipped. A worker thought lost may still say what became of a message.
WITH o AS (
    SELECT * FROM jsonb_to_recordset(%(outcomes)s::jsonb) AS o (
        message_id bigint, claimed_at timestamptz, kind text, at timestamptz, reason text, due_at timestamptz,
        values jsonb, composed_at timestamptz, digest text, reply_code smallint, reply_status text, reply_text text,
        mx_host text, remote_id text, suppress boolean, tried boolean, attempt jsonb)
),
decided AS (
    SELECT o.*, m.workspace_id, m.origin_id, m.contact_id, m.email, m.provider, m.attempts,
        CASE
            WHEN o.kind IN ('deferred', 'returned') AND g.state = 'cancelled' THEN 'skipped'
            WHEN o.kind = 'deferred' AND o.due_at >= g.expires_at THEN 'expired'
            WHEN o.kind = 'returned' AND m.attempts > 0 THEN 'deferred'
            WHEN o.kind = 'returned' THEN 'queued'
            ELSE o.kind
        END AS state
    FROM o
    JOIN ledger_message m ON m.id = o.message_id AND m.worker_id = %(worker)s AND m.claimed_at = o.claimed_at
        AND (m.state = 'claimed' OR (m.state = 'unknown' AND m.reason = 'worker_lost'))
    JOIN ledger_origin g ON g.id = m.origin_id
    FOR UPDATE OF m
),
settled AS (
    UPDATE ledger_message m SET
        state = d.state,
        reason = CASE d.state WHEN 'skipped' THEN coalesce(nullif(d.reason, ''), 'campaign_cancelled')
            WHEN 'expired' THEN 'lifetime_over' ELSE coalesce(d.reason, '') END,
        due_at = coalesce(d.due_at, m.due_at),
        attempts = m.attempts + d.tried::int,
        recoveries = m.recoveries + (d.kind = 'returned')::int,
        worker_id = CASE WHEN d.state IN ('queued', 'deferred') THEN NULL ELSE m.worker_id END,
        values = coalesce(d.values, m.values),
        composed_at = coalesce(d.composed_at, m.composed_at),
        digest = coalesce(decode(d.digest, 'hex'), m.digest),
        reply_code = coalesce(d.reply_code, m.reply_code),
        reply_status = coalesce(nullif(d.reply_status, ''), m.reply_status),
        reply_text = coalesce(nullif(d.reply_text, ''), m.reply_text),
        mx_host = coalesce(nullif(d.mx_host, ''), m.mx_host),
        remote_id = coalesce(nullif(d.remote_id, ''), m.remote_id),
        accepted_at = CASE WHEN d.state = 'accepted' THEN d.at ELSE m.accepted_at END,
        settled_at = CASE WHEN d.state NOT IN ('queued', 'deferred') THEN d.at END
    FROM decided d WHERE m.id = d.message_id
    RETURNING m.id
),
tried AS (
    INSERT INTO ledger_attempt (workspace_id, message_id, number, outcome, started_at, finished_at, mx_host, mx_ip, tls,
        phase, reply_code, reply_status, reply_text, fault, persistence, rule, rule_version, dialogue)
    SELECT d.workspace_id, d.message_id, d.attempts + 1, d.kind, a.started_at, a.finished_at,
        coalesce(d.mx_host, ''), coalesce(a.mx_ip, ''), coalesce(a.tls, ''), coalesce(a.phase, ''),
        d.reply_code, coalesce(d.reply_status, ''), coalesce(d.reply_text, ''), coalesce(a.fault, ''),
        coalesce(a.persistence, ''), coalesce(a.rule, ''), coalesce(a.rule_version, 0), coalesce(a.dialogue, '[]'::jsonb)
    FROM decided d JOIN settled ON settled.id = d.message_id
    CROSS JOIN LATERAL jsonb_to_record(d.attempt) AS a (started_at timestamptz, finished_at timestamptz, mx_ip text,
        tls text, phase text, fault text, persistence text, rule text, rule_version int, dialogue jsonb)
    WHERE d.attempt IS NOT NULL
),
barred AS (
    INSERT INTO audience_suppression (workspace_id, kind, value, reason, note, message_id, created_at)
    SELECT d.workspace_id, 'address', d.email, 'hard_bounce', coalesce(d.reply_text, ''), d.message_id, d.at
    FROM decided d JOIN settled ON settled.id = d.message_id WHERE d.suppress
    ON CONFLICT (workspace_id, kind, value) DO NOTHING
    RETURNING message_id
),
noted AS (
    INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
    SELECT d.workspace_id, d.at, CASE WHEN d.kind = 'returned' AND d.state <> 'skipped' THEN 'returned' ELSE d.state END,
        d.origin_id, d.message_id, d.contact_id,
        jsonb_strip_nulls(jsonb_build_object(
            'provider', d.provider, 'reason', nullif(d.reason, ''), 'code', d.reply_code,
            'status', nullif(d.reply_status, ''), 'text', nullif(d.reply_text, ''), 'mx_host', nullif(d.mx_host, ''),
            'where', d.attempt ->> 'phase', 'fault', d.attempt ->> 'fault', 'persistence', d.attempt ->> 'persistence',
            'rule', d.attempt ->> 'rule', 'suppress', nullif(d.suppress, false)))
    FROM decided d JOIN settled ON settled.id = d.message_id
    UNION ALL
    SELECT d.workspace_id, d.at, 'suppressed', d.origin_id, d.message_id, d.contact_id,
        jsonb_build_object('reason', 'hard_bounce')
    FROM decided d JOIN barred ON barred.message_id = d.message_id
)
SELECT id FROM settled
