-- Contacts whose address is new. A row without a company joins the one that is known by the domain of its address.
WITH made AS (
    INSERT INTO audience_contact (workspace_id, email, email_key, mail_domain, first_name, last_name, company_id, job_title,
        phone, country, language, time_zone, source, industry, notes, custom, created_at, updated_at)
    SELECT %(workspace)s, s.email, s.email_key, s.mail_domain, s.first_name, s.last_name, coalesce(named.id, known.id), s.job_title,
        s.phone, s.country, s.language, s.time_zone, coalesce(nullif(s.source, ''), %(source)s), s.industry, s.notes, s.custom, now(), now()
    FROM import_stage s
    LEFT JOIN audience_company named
        ON s.company <> '' AND named.workspace_id = %(workspace)s AND lower(named.name) = lower(s.company)
    LEFT JOIN LATERAL (
        SELECT co.id FROM audience_company co
        WHERE s.company = '' AND s.company_domain <> '' AND co.workspace_id = %(workspace)s AND co.domain = s.company_domain
        ORDER BY co.id LIMIT 1
    ) known ON true
    WHERE s.row > %(after)s AND s.row <= %(upto)s
    ORDER BY s.row
    ON CONFLICT (workspace_id, email_key) DO NOTHING
    RETURNING id, email_key
)
INSERT INTO import_touched (row, contact_id, outcome)
SELECT s.row, m.id, 'created'
FROM made m JOIN import_stage s ON s.email_key = m.email_key
WHERE s.row > %(after)s AND s.row <= %(upto)s
