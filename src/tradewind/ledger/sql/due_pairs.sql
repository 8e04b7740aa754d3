-- Which (origin, lane) pairs have something due, and may send now. Origin, domain and lane are judged here, once per
-- pair; what concerns a single recipient is judged by the gate on the rows picked.
SELECT o.id AS origin_id, l.id AS lane_id, l.max_connections, l.messages_per_connection
FROM ledger_origin o
JOIN senders_sendingdomain d ON d.id = o.domain_id AND d.state NOT IN ('pending', 'failing')
JOIN senders_lane l ON l.domain_id = o.domain_id AND l.channel_id = o.channel_id
WHERE o.state = 'open' AND o.planned_at IS NOT NULL AND o.expires_at > %(now)s
    AND (l.state = 'open' OR l.state_until <= %(now)s)
    AND EXISTS (
        SELECT FROM ledger_message m
        WHERE m.origin_id = o.id AND m.lane_id = l.id AND m.state IN ('queued', 'deferred') AND m.due_at <= %(now)s
    )
ORDER BY random()
