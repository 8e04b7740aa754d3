-- All that is known about these messages' hits (the newest %(most)s of each), and for each unjudged one over how many recipients
-- its address went within a minute.
SELECT h.id, h.message_id, h.kind, h.link_id, h.at, h.method, h.ip, h.user_agent, h.headers, h.verdict, h.judged_at IS NULL,
    COALESCE(around.messages, 1)
FROM unnest(%(messages)s::bigint[]) AS m (id)
CROSS JOIN LATERAL (
    SELECT * FROM signals_hit s WHERE s.message_id = m.id ORDER BY s.judged_at IS NULL DESC, s.at DESC LIMIT %(most)s
) h
LEFT JOIN LATERAL (
    SELECT count(DISTINCT near.message_id) AS messages
    FROM (
        SELECT n.message_id FROM signals_hit n
        WHERE n.ip = h.ip AND n.at BETWEEN h.at - %(near)s * interval '1 second' AND h.at + %(near)s * interval '1 second'
        LIMIT 500
    ) near
) around ON h.kind <> 'unsubscribe'
ORDER BY h.message_id, h.at, h.id
