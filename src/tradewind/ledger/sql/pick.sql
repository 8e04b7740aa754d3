-- Lock up to %(size)s due messages of one pair. Not yet claimed: permits of the lane and the gate come first.
SELECT m.id FROM ledger_message m
WHERE m.origin_id = %(origin)s AND m.lane_id = %(lane)s AND m.state IN ('queued', 'deferred') AND m.due_at <= %(now)s
ORDER BY m.due_at, m.id LIMIT %(size)s FOR UPDATE SKIP LOCKED
