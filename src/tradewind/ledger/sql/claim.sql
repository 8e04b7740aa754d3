-- The gate at claim, on rows locked by pick.sql: an unsubscribe one second ago counts.
-- Allowed rows become claimed; forbidden ones skipped, undecided ones wait, each with its event.
WITH g AS (
    SELECT m.id, m.workspace_id, m.origin_id, m.contact_id, m.email, split_part(m.email, '@', -1) AS mail_domain,
        o.list_ids, m.provider, m.lane_id, m.attempts, o.version_id, o.expires_at, m.values,
        ch.kind = 'direct' AS needs_mx
    FROM ledger_message m
    JOIN ledger_origin o ON o.id = m.origin_id
    JOIN senders_channel ch ON ch.id = o.channel_id
    WHERE m.id = ANY(%(ids)s)
),
judged AS (
    SELECT g.*, {gate} AS skip,
        CASE WHEN g.needs_mx AND coalesce(d.status, 'error') = 'error' THEN 'mail_server_unknown' END AS wait,
        coalesce(g.values, '{}'::jsonb) || CASE WHEN c.id IS NULL THEN '{}'::jsonb ELSE jsonb_build_object(
            'email', c.email, 'first_name', c.first_name, 'last_name', c.last_name,
            'full_name', CASE WHEN c.last_name ~ '[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]'
                THEN c.last_name || c.first_name ELSE btrim(c.first_name || ' ' || c.last_name) END,
            'company', coalesce(co.name, ''), 'job_title', c.job_title, 'country', c.country,
            'language', c.language, 'industry', c.industry, 'source', c.source, 'phone', c.phone, 'custom', c.custom
        ) END AS merge_values
    FROM g
    LEFT JOIN audience_contact c ON c.id = g.contact_id
    LEFT JOIN audience_company co ON co.id = c.company_id
    LEFT JOIN senders_maildomain d ON d.name = g.mail_domain
),
changed AS (
    UPDATE ledger_message m SET
        state = CASE WHEN j.skip IS NOT NULL THEN 'skipped' WHEN j.wait IS NOT NULL THEN 'deferred' ELSE 'claimed' END,
        reason = coalesce(j.skip, j.wait, ''),
        due_at = CASE WHEN j.skip IS NULL AND j.wait IS NOT NULL THEN %(later)s ELSE m.due_at END,
        worker_id = CASE WHEN j.skip IS NULL AND j.wait IS NULL THEN %(worker)s ELSE m.worker_id END,
        claimed_at = %(now)s,
        settled_at = CASE WHEN j.skip IS NOT NULL THEN %(now)s END
    FROM judged j WHERE m.id = j.id
    RETURNING m.id, m.state
),
noted AS (
    INSERT INTO ledger_event (workspace_id, at, type, origin_id, message_id, contact_id, data)
    SELECT j.workspace_id, %(now)s, x.state, j.origin_id, j.id, j.contact_id,
        jsonb_build_object('provider', j.provider, 'reason', coalesce(j.skip, j.wait))
    FROM changed x JOIN judged j USING (id) WHERE x.state <> 'claimed'
)
SELECT j.id, j.workspace_id, j.origin_id, j.contact_id, j.email, j.provider, j.lane_id, j.version_id, j.attempts,
    j.expires_at, j.merge_values AS values
FROM changed x JOIN judged j USING (id) WHERE x.state = 'claimed' ORDER BY j.id
