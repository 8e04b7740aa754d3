-- The generic cell rate algorithm, for as many permits at once as there is room for: how far the theoretical arrival
-- time (next_free_at) may run ahead of now is the burst. One UPDATE, so the limit holds over all workers and machines.
WITH lane AS (
    SELECT id, burst,
        (CASE WHEN state_until > %(now)s AND slowed_rate IS NOT NULL THEN slowed_rate ELSE rate_per_second END)
            * %(pace)s AS rate,
        greatest(coalesce(next_free_at, %(now)s), %(now)s) AS next_free
    FROM senders_lane WHERE id = %(lane)s FOR UPDATE
),
room AS (
    SELECT id, rate, next_free, greatest(0, least(%(wanted)s,
        floor(greatest(burst, 1) - extract(epoch FROM next_free - %(now)s) * rate)))::int AS n
    FROM lane
),
taken AS (
    UPDATE senders_lane l SET next_free_at = r.next_free + make_interval(secs => r.n / r.rate)
    FROM room r WHERE l.id = r.id AND r.n > 0
)
SELECT n FROM room
