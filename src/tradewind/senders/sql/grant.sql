-- Takes permits from a lane: a GCRA (generic cell rate algorithm) in one statement, so that the pace holds over all
-- workers and machines. next_free_at is the theoretical arrival time; how far it may run ahead of now is the burst.
-- A rest or a slow pace whose time is over ends here, and what it had booked ahead no longer binds.
--
-- in:  lane bigint, wanted int, now timestamptz, pace float (mail seconds per real second)
-- out: one row with one column: how many permits, 0 .. wanted. No row: there is no such lane.
WITH lane AS (
    SELECT *, state_until IS NOT NULL AND state_until <= %(now)s AS over
    FROM senders_lane WHERE id = %(lane)s FOR UPDATE
),
paced AS (
    SELECT id, over,
        state = 'suspended' AND NOT over AS resting,
        greatest(1e-6, %(pace)s::float8
            * CASE WHEN slowed_rate IS NULL OR over THEN rate_per_second ELSE slowed_rate END) AS rate,
        -- slowed: no further ahead than one second's worth
        greatest(1, CASE WHEN slowed_rate IS NULL OR over THEN burst
            ELSE least(burst, ceil(slowed_rate * %(pace)s)::int) END) AS ahead,
        greatest(%(now)s, CASE WHEN over THEN NULL ELSE next_free_at END) AS next_free
    FROM lane
),
room AS (
    SELECT id, over, rate, next_free,
        CASE WHEN resting THEN 0 ELSE least(%(wanted)s, greatest(0, floor(
            ahead - extract(epoch FROM next_free - %(now)s)::float8 * rate + 1e-6)))::int END AS n
    FROM paced
),
taken AS (
    UPDATE senders_lane l SET
        next_free_at = r.next_free + make_interval(secs => r.n / r.rate),
        state = CASE WHEN r.over THEN 'open' ELSE l.state END,
        state_reason = CASE WHEN r.over THEN '' ELSE l.state_reason END,
        state_until = CASE WHEN r.over THEN NULL ELSE l.state_until END,
        slowed_rate = CASE WHEN r.over THEN NULL ELSE l.slowed_rate END
    FROM room r WHERE l.id = r.id AND (r.n > 0 OR r.over)
)
SELECT n FROM room
