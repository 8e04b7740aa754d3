-- One batch of planning: contacts to message rows, each queued or skipped, with its event. Running it twice changes
-- nothing: (origin, contact) is unique, and only rows really inserted get an event.
WITH batch AS (
    SELECT a.id FROM ({audience}) AS a (id)
    WHERE a.id > %(after)s ORDER BY a.id LIMIT %(size)s
),
g AS (
    SELECT o.workspace_id, c.id AS contact_id, c.email_key AS email, c.mail_domain, o.list_ids, o.id AS origin_id
    FROM batch JOIN audience_contact c ON c.id = batch.id
    JOIN ledger_origin o ON o.id = %(origin)s AND o.workspace_id = c.workspace_id
),
judged AS (
    SELECT g.*, CASE WHEN d.status = 'found' THEN d.provider ELSE 'unknown' END AS provider, {gate} AS skip
    FROM g JOIN audience_contact c ON c.id = g.contact_id
    LEFT JOIN senders_maildomain d ON d.name = g.mail_domain
),
written AS (
    INSERT INTO ledger_message (workspace_id, origin_id, contact_id, email, provider, lane_id, state, reason, due_at,
        attempts, recoveries, reply_status, reply_text, mx_host, remote_id, settled_at, created_at)
    SELECT j.workspace_id, j.origin_id, j.contact_id, j.email, j.provider, l.id,
        CASE WHEN j.skip IS NULL THEN 'queued' ELSE 'skipped' END, coalesce(j.skip, ''), %(now)s,
        0, 0, '', '', '', '', CASE WHEN j.skip IS NOT NULL THEN %(now)s END, %(now)s
    FROM judged j
    JOIN ledger_origin o ON o.id = j.origin_id
    LEFT JOIN senders_lane l ON l.domain_id = o.domain_id AND l.channel_id = o.channel_id
        AND l.provider = CASE WHEN j.provider = 'unknown' THEN 'other' ELSE j.provider END
    ON CONFLICT (origin_id, contact_id) DO NOTHING
    RETURNING id, workspace_id, origin_id, contact_id, state, reason, provider
),
noted AS (
    INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
    SELECT workspace_id, %(now)s, state, origin_id, id, contact_id,
        jsonb_build_object('provider', provider, 'reason', reason)
    FROM written
)
SELECT (SELECT max(id) FROM batch) AS last_id, (SELECT count(*) FROM batch) AS seen,
    (SELECT count(*) FROM written WHERE state = 'queued') AS queued,
    (SELECT count(*) FROM written WHERE state = 'skipped') AS skipped
