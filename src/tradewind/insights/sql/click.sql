-- First clicks by link of the messages that a span touches, from all their clicks, by the latest verdict of each.
WITH touched AS (
    SELECT DISTINCT e.message_id FROM ledger_event e WHERE {span} AND e.type = 'clicked' AND e.origin_id IS NOT NULL
),
hits AS (
    SELECT DISTINCT ON (e.message_id, coalesce(e.data ->> 'hit', 'event ' || e.id)) e.workspace_id, e.origin_id, e.message_id,
        (e.data ->> 'link')::bigint AS link_id, e.data ->> 'verdict' AS verdict,
        min(e.at) OVER (PARTITION BY e.message_id, coalesce(e.data ->> 'hit', 'event ' || e.id)) AS at
    FROM touched t JOIN ledger_event e ON e.message_id = t.message_id
    WHERE e.type = 'clicked'
    ORDER BY e.message_id, coalesce(e.data ->> 'hit', 'event ' || e.id), e.xid DESC, e.id DESC
)
INSERT INTO insights_linkclick (workspace_id, origin_id, message_id, link_id, human_at, machine_at)
SELECT h.workspace_id, h.origin_id, h.message_id, h.link_id,
    min(h.at) FILTER (WHERE h.verdict IN ('person', 'likely_person')),
    min(h.at) FILTER (WHERE h.verdict IN ('machine', 'likely_machine'))
FROM hits h
WHERE h.link_id IS NOT NULL AND EXISTS (SELECT FROM ledger_message m WHERE m.id = h.message_id)
GROUP BY h.workspace_id, h.origin_id, h.message_id, h.link_id
