-- By provider: how many were accepted and not taken back, how many show evidence of the inbox; and of those readers who have shown
-- it before (the cohort), how many did so now, against how many were to be expected from their own past.
-- p = (times seen + 1) / (times accepted + 2): Laplace's rule, over the messages accepted before this campaign and kept.
WITH mine AS (
    SELECT g.message_id, g.provider, m.contact_id, (g.inbox_at IS NOT NULL)::int AS seen
    FROM insights_engagement g JOIN ledger_message m ON m.id = g.message_id
    WHERE g.origin_id = %(origin)s AND g.accepted_at IS NOT NULL AND g.bounced_at IS NULL
),
-- The past of at most %(most)s of them, spread evenly.
asked AS (
    SELECT * FROM mine WHERE message_id %% greatest(1, (SELECT count(*) FROM mine) / %(most)s) = 0 AND contact_id IS NOT NULL
),
past AS (
    SELECT a.message_id, a.provider, a.seen, count(*) AS accepted, count(h.inbox_at) AS shown
    FROM asked a
    JOIN ledger_message pm ON pm.contact_id = a.contact_id AND pm.id < a.message_id AND pm.origin_id <> %(origin)s
    JOIN insights_engagement h ON h.message_id = pm.id AND h.accepted_at IS NOT NULL AND h.bounced_at IS NULL
    GROUP BY 1, 2, 3
    HAVING count(*) >= %(least_past)s AND count(h.inbox_at) >= %(least_shown)s
),
cohort AS (
    SELECT provider, count(*) AS readers, sum(seen) AS seen, sum(p) AS expected, sum(p * (1 - p)) AS spread,
        sum(p * (1 - p) / (accepted + 3)) AS doubt
    FROM (SELECT *, (shown + 1)::float8 / (accepted + 2) AS p FROM past) x GROUP BY provider
)
SELECT m.provider, count(*) AS accepted, sum(m.seen) AS proven, coalesce(max(c.readers), 0), coalesce(max(c.seen), 0),
    coalesce(max(c.expected), 0), coalesce(max(c.spread), 0), coalesce(max(c.doubt), 0)
FROM mine m LEFT JOIN cohort c USING (provider)
GROUP BY m.provider ORDER BY count(*) DESC, m.provider
