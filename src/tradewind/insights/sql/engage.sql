-- The firsts of every message that a span of events touches, computed from *all* events of those messages, and the difference to
-- what stood here before, added to the rollups. Computing afresh makes revised verdicts, late events and replays come out right:
-- the result is a function of the events, whatever their order.
WITH touched AS (
    SELECT DISTINCT e.message_id FROM ledger_event e
    WHERE {span} AND e.message_id IS NOT NULL AND e.origin_id IS NOT NULL
),
seen AS (
    SELECT e.message_id, e.type, e.at, e.xid, e.id, e.data
    FROM touched t JOIN ledger_event e ON e.message_id = t.message_id
),
-- A hit can be judged again: its latest verdict counts, at the time of its first event.
hits AS (
    SELECT DISTINCT ON (message_id, coalesce(data ->> 'hit', 'event ' || id)) message_id, type, data ->> 'verdict' AS verdict,
        (data ->> 'shows_inbox')::boolean AS shows_inbox,
        min(at) OVER (PARTITION BY message_id, coalesce(data ->> 'hit', 'event ' || id)) AS at
    FROM seen WHERE type IN ('opened', 'clicked')
    ORDER BY message_id, coalesce(data ->> 'hit', 'event ' || id), xid DESC, id DESC
),
judged AS (
    SELECT message_id,
        min(at) FILTER (WHERE type = 'opened' AND verdict IN ('person', 'likely_person')) AS opened_human_at,
        min(at) FILTER (WHERE type = 'opened' AND verdict IN ('machine', 'likely_machine')) AS opened_machine_at,
        min(at) FILTER (WHERE type = 'opened' AND verdict = 'unknown') AS opened_unsure_at,
        min(at) FILTER (WHERE type = 'clicked' AND verdict IN ('person', 'likely_person')) AS clicked_human_at,
        min(at) FILTER (WHERE type = 'clicked' AND verdict IN ('machine', 'likely_machine')) AS clicked_machine_at,
        min(at) FILTER (WHERE type = 'clicked' AND verdict = 'unknown') AS clicked_unsure_at,
        min(at) FILTER (WHERE shows_inbox) AS inbox_at
    FROM hits GROUP BY message_id
),
-- The last word of the engine (or of a DSN): skipped, refused, expired, unknown and bounced hold only while they are the last.
last_word AS (
    SELECT DISTINCT ON (message_id) message_id, type, at, coalesce(data ->> 'reason', data ->> 'rule', '') AS reason
    FROM seen
    WHERE type IN ('queued', 'skipped', 'accepted', 'deferred', 'refused', 'expired', 'unknown', 'returned', 'bounced')
    ORDER BY message_id, xid DESC, id DESC
),
firsts AS (
    SELECT message_id,
        -- Whatever is written first about a message is its planning, also when it was skipped there.
        min(at) FILTER (WHERE type IN ('queued', 'skipped')) AS planned_at,
        -- A bounce message proves that the server had taken it, also where its answer was never read.
        min(at) FILTER (WHERE type IN ('accepted', 'bounced')) AS accepted_at,
        min(at) FILTER (WHERE type = 'replied') AS replied_at,
        min(at) FILTER (WHERE type = 'auto_replied') AS auto_replied_at,
        min(at) FILTER (WHERE type = 'unsubscribed') AS unsubscribed_at,
        min(at) FILTER (WHERE type = 'complained') AS complained_at
    FROM seen GROUP BY message_id
),
fresh AS (
    SELECT m.id AS message_id, m.workspace_id, m.origin_id, m.provider,
        CASE WHEN w.type IN ('skipped', 'refused', 'expired', 'bounced') THEN w.reason ELSE '' END AS reason,
        f.planned_at,
        CASE WHEN w.type = 'skipped' THEN w.at END AS skipped_at,
        f.accepted_at,
        CASE WHEN w.type = 'refused' THEN w.at END AS refused_at,
        CASE WHEN w.type = 'expired' THEN w.at END AS expired_at,
        CASE WHEN w.type = 'unknown' THEN w.at END AS unknown_at,
        CASE WHEN w.type = 'bounced' THEN w.at END AS bounced_at,
        least(j.inbox_at, f.replied_at, f.complained_at, f.unsubscribed_at) AS inbox_at,
        j.opened_human_at, j.opened_machine_at, j.opened_unsure_at,
        j.clicked_human_at, j.clicked_machine_at, j.clicked_unsure_at,
        f.replied_at, f.auto_replied_at, f.unsubscribed_at, f.complained_at
    FROM firsts f
    JOIN ledger_message m ON m.id = f.message_id
    LEFT JOIN last_word w ON w.message_id = f.message_id
    LEFT JOIN judged j ON j.message_id = f.message_id
),
before AS (
    SELECT e.message_id, e.workspace_id, e.origin_id, e.provider, e.reason, e.planned_at, e.skipped_at, e.accepted_at,
        e.refused_at, e.expired_at, e.unknown_at, e.bounced_at, e.inbox_at, e.opened_human_at, e.opened_machine_at,
        e.opened_unsure_at, e.clicked_human_at, e.clicked_machine_at, e.clicked_unsure_at, e.replied_at, e.auto_replied_at,
        e.unsubscribed_at, e.complained_at
    FROM insights_engagement e JOIN fresh USING (message_id)
),
written AS (
    INSERT INTO insights_engagement (message_id, workspace_id, origin_id, provider, reason, planned_at, skipped_at, accepted_at,
        refused_at, expired_at, unknown_at, bounced_at, inbox_at, opened_human_at, opened_machine_at, opened_unsure_at,
        clicked_human_at, clicked_machine_at, clicked_unsure_at, replied_at, auto_replied_at, unsubscribed_at, complained_at)
    SELECT * FROM fresh
    ON CONFLICT (message_id) DO UPDATE SET provider = excluded.provider, reason = excluded.reason,
        planned_at = excluded.planned_at, skipped_at = excluded.skipped_at, accepted_at = excluded.accepted_at,
        refused_at = excluded.refused_at, expired_at = excluded.expired_at, unknown_at = excluded.unknown_at,
        bounced_at = excluded.bounced_at, inbox_at = excluded.inbox_at, opened_human_at = excluded.opened_human_at,
        opened_machine_at = excluded.opened_machine_at, opened_unsure_at = excluded.opened_unsure_at,
        clicked_human_at = excluded.clicked_human_at, clicked_machine_at = excluded.clicked_machine_at,
        clicked_unsure_at = excluded.clicked_unsure_at, replied_at = excluded.replied_at,
        auto_replied_at = excluded.auto_replied_at, unsubscribed_at = excluded.unsubscribed_at,
        complained_at = excluded.complained_at
    WHERE insights_engagement.* IS DISTINCT FROM excluded.*
),
difference AS (
    SELECT r.workspace_id, r.origin_id, r.provider, s.step,
        CASE WHEN s.step IN ('skipped', 'refused', 'expired', 'bounced') THEN r.reason ELSE '' END AS reason,
        date_trunc('minute', s.at, 'UTC') AS minute, sum(r.sign) AS count
    FROM (SELECT 1 AS sign, * FROM fresh UNION ALL SELECT -1 AS sign, * FROM before) r
    CROSS JOIN LATERAL (VALUES
        ('planned', r.planned_at), ('skipped', r.skipped_at), ('accepted', r.accepted_at), ('refused', r.refused_at),
        ('expired', r.expired_at), ('unknown', r.unknown_at), ('bounced', r.bounced_at), ('inbox', r.inbox_at),
        ('opened_human', r.opened_human_at), ('opened_machine', r.opened_machine_at),
        ('opened_only_machine', CASE WHEN r.opened_human_at IS NULL THEN r.opened_machine_at END),
        ('opened_unsure', CASE WHEN r.opened_human_at IS NULL AND r.opened_machine_at IS NULL THEN r.opened_unsure_at END),
        ('clicked_human', r.clicked_human_at), ('clicked_machine', r.clicked_machine_at),
        ('clicked_only_machine', CASE WHEN r.clicked_human_at IS NULL THEN r.clicked_machine_at END),
        ('clicked_unsure', CASE WHEN r.clicked_human_at IS NULL AND r.clicked_machine_at IS NULL THEN r.clicked_unsure_at END),
        ('replied', r.replied_at), ('auto_replied', r.auto_replied_at), ('unsubscribed', r.unsubscribed_at),
        ('complained', r.complained_at)
    ) s (step, at)
    WHERE s.at IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(r.sign) <> 0
)
INSERT INTO insights_rollup (workspace_id, origin_id, provider, minute, step, reason, count)
SELECT workspace_id, origin_id, provider, minute, step, reason, count FROM difference
ON CONFLICT (origin_id, step, provider, reason, minute) DO UPDATE SET count = insights_rollup.count + excluded.count
