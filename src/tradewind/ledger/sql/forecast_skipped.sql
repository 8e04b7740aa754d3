-- Whom planning would skip, and why: the contacts behind the counts of forecast.sql, by the same gate. One page of them.
WITH g AS (
    SELECT c.workspace_id, c.id AS contact_id, c.email_key AS email, c.mail_domain, %(list_ids)s::jsonb AS list_ids
    FROM ({audience}) AS a (id) JOIN audience_contact c ON c.id = a.id AND c.workspace_id = %(workspace)s
    WHERE c.id > %(after)s
),
judged AS (
    SELECT g.contact_id, {gate} AS skip
    FROM g JOIN audience_contact c ON c.id = g.contact_id
    LEFT JOIN senders_maildomain d ON d.name = g.mail_domain
)
SELECT contact_id, skip FROM judged WHERE skip = coalesce(%(reason)s, skip) ORDER BY contact_id LIMIT %(size)s
