-- Add a span of events to the counts of their origins.
INSERT INTO reputation_originstanding AS s (origin_id, accepted, refused, gone, complained)
SELECT
    e.origin_id,
    count(*) FILTER (WHERE e.type = 'accepted'),
    count(*) FILTER (WHERE e.type = 'refused'),
    count(*) FILTER (
        WHERE e.type IN ('refused', 'bounced') AND e.data ->> 'fault' = 'recipient' AND (e.data ->> 'suppress')::boolean
    ),
    count(*) FILTER (WHERE e.type = 'complained')
FROM ledger_event e
JOIN ledger_origin o ON o.id = e.origin_id
WHERE {span} AND e.type IN ('accepted', 'refused', 'bounced', 'complained') AND e.message_id IS NOT NULL
GROUP BY e.origin_id
ON CONFLICT (origin_id) DO UPDATE SET
    accepted = s.accepted + excluded.accepted,
    refused = s.refused + excluded.refused,
    gone = s.gone + excluded.gone,
    complained = s.complained + excluded.complained
