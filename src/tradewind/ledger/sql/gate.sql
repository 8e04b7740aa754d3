-- The gate, per recipient: why this message must never go (null: it may).
-- Expects in scope: g(workspace_id, contact_id, email, mail_domain, list_ids), c = audience_contact or null,
-- d = senders_maildomain or null. Order is the order in which a person would explain it.
CASE
    WHEN g.contact_id IS NOT NULL AND c.id IS NULL THEN 'contact_gone'
    WHEN EXISTS (
        SELECT FROM audience_suppression s
        WHERE s.workspace_id = g.workspace_id AND s.kind = 'address' AND s.value = g.email
    ) THEN 'suppressed_address'
    WHEN EXISTS (
        SELECT FROM audience_suppression s
        WHERE s.workspace_id = g.workspace_id AND s.kind = 'domain' AND s.value = g.mail_domain
    ) THEN 'suppressed_domain'
    WHEN g.list_ids <> '[]'::jsonb AND NOT EXISTS (
        SELECT FROM audience_subscription s
        WHERE s.contact_id = g.contact_id AND s.state = 'subscribed' AND g.list_ids @> to_jsonb(s.list_id)
    ) THEN 'not_subscribed'
    WHEN (
        SELECT NOT k.granted FROM audience_consent k
        WHERE k.contact_id = g.contact_id ORDER BY k.id DESC LIMIT 1
    ) THEN 'consent_withdrawn'
    WHEN d.status IN ('null_mx', 'no_domain', 'no_server') THEN 'no_mail_server'
END
