-- What planning would do, and nothing written.
WITH g AS (
    SELECT c.workspace_id, c.id AS contact_id, c.email_key AS email, c.mail_domain, %(list_ids)s::jsonb AS list_ids
    FROM ({audience}) AS a (id) JOIN audience_contact c ON c.id = a.id AND c.workspace_id = %(workspace)s
)
SELECT CASE WHEN d.status = 'found' THEN d.provider ELSE 'unknown' END AS provider,
    coalesce({gate}, '') AS skip, count(*) AS n
FROM g JOIN audience_contact c ON c.id = g.contact_id
LEFT JOIN senders_maildomain d ON d.name = g.mail_domain
GROUP BY 1, 2
