-- Add a span of events to the daily counts. The provider is the one the message was sent to.
INSERT INTO reputation_standing AS s (
    workspace_id, domain_id, provider, day, accepted, refused_recipient, refused_us, deferred, bounced, complained
)
SELECT
    o.workspace_id,
    o.domain_id,
    m.provider,
    (e.at AT TIME ZONE 'UTC')::date AS day,
    count(*) FILTER (WHERE e.type = 'accepted'),
    count(*) FILTER (WHERE e.type = 'refused' AND e.data ->> 'fault' = 'recipient'),
    count(*) FILTER (WHERE e.type = 'refused' AND e.data ->> 'fault' IS DISTINCT FROM 'recipient'),
    count(*) FILTER (WHERE e.type = 'deferred'),
    count(*) FILTER (WHERE e.type = 'bounced'),
    count(*) FILTER (WHERE e.type = 'complained')
FROM ledger_event e
JOIN ledger_message m ON m.id = e.message_id
JOIN ledger_origin o ON o.id = m.origin_id
WHERE {span} AND e.type IN ('accepted', 'refused', 'deferred', 'bounced', 'complained')
GROUP BY o.workspace_id, o.domain_id, m.provider, day
ON CONFLICT (domain_id, provider, day) DO UPDATE SET
    accepted = s.accepted + excluded.accepted,
    refused_recipient = s.refused_recipient + excluded.refused_recipient,
    refused_us = s.refused_us + excluded.refused_us,
    deferred = s.deferred + excluded.deferred,
    bounced = s.bounced + excluded.bounced,
    complained = s.complained + excluded.complained
