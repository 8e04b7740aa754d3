-- Answers of people, by contact. The owner of the contact's company is asked first.
INSERT INTO crm_lead AS l (workspace_id, contact_id, state, message_id, owner_id, replies, last_reply_at, created_at)
SELECT c.workspace_id, c.id, 'new', answered.message_id, company.owner_id, answered.replies, answered.last_at, now()
FROM (
    SELECT e.contact_id, count(*) AS replies, max(e.at) AS last_at,
        (array_agg(e.message_id ORDER BY e.at DESC) FILTER (WHERE e.message_id IS NOT NULL))[1] AS message_id
    FROM ledger_event e
    WHERE {span} AND e.type = 'replied' AND e.data ->> 'wish' IS NULL AND e.contact_id IS NOT NULL
    GROUP BY e.contact_id
) answered
JOIN audience_contact c ON c.id = answered.contact_id
LEFT JOIN audience_company company ON company.id = c.company_id
ON CONFLICT (contact_id) DO UPDATE SET
    replies = l.replies + excluded.replies,
    last_reply_at = greatest(l.last_reply_at, excluded.last_reply_at),
    message_id = CASE
        WHEN l.last_reply_at IS NULL OR excluded.last_reply_at >= l.last_reply_at THEN COALESCE(excluded.message_id, l.message_id)
        ELSE l.message_id
    END,
    owner_id = COALESCE(l.owner_id, excluded.owner_id)
