-- Where the recipients came from whose mailboxes do not exist: per import (or, without one, per source of the contact), beside all that
-- were tried from there.
WITH tried AS (
    SELECT m.contact_id, g.refused_at IS NOT NULL OR g.bounced_at IS NOT NULL AS failed, m.id
    FROM insights_engagement g JOIN ledger_message m ON m.id = g.message_id
    WHERE g.origin_id = %(origin)s AND (g.accepted_at IS NOT NULL OR g.refused_at IS NOT NULL) AND m.contact_id IS NOT NULL
),
judged AS (
    SELECT t.contact_id, t.failed AND coalesce((
        SELECT e.data ->> 'fault' = 'recipient' FROM ledger_event e
        WHERE e.message_id = t.id AND e.type IN ('refused', 'bounced') ORDER BY e.at DESC, e.id DESC LIMIT 1
    ), false) AS gone
    FROM tried t
)
SELECT i.id, coalesce(nullif(i.file_name, ''), nullif(c.source, ''), ''), count(*) FILTER (WHERE j.gone) AS gone, count(*) AS tried
FROM judged j
JOIN audience_contact c ON c.id = j.contact_id
LEFT JOIN LATERAL (
    SELECT k.source_import_id FROM audience_consent k
    WHERE k.contact_id = c.id AND k.source_import_id IS NOT NULL ORDER BY k.id DESC LIMIT 1
) k ON true
LEFT JOIN audience_import i ON i.id = k.source_import_id
GROUP BY 1, 2 HAVING count(*) FILTER (WHERE j.gone) > 0
ORDER BY 3 DESC, 2
