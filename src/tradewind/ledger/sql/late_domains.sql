-- DNS answered after planning: messages of an unknown provider get theirs, and its lane.
UPDATE ledger_message m SET provider = d.provider, lane_id = l.id
FROM ledger_origin o, senders_maildomain d, senders_lane l
WHERE o.state = 'open' AND m.origin_id = o.id AND m.state IN ('queued', 'deferred') AND m.provider = 'unknown'
    AND d.name = split_part(m.email, '@', -1) AND d.status = 'found'
    AND l.domain_id = o.domain_id AND l.channel_id = o.channel_id AND l.provider = d.provider
