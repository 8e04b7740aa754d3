-- Contacts that were there: what the file says wins, where it says nothing the contact keeps what it has.
WITH wanted AS (
    SELECT c.id, s.row,
        coalesce(nullif(s.first_name, ''), c.first_name) AS first_name,
        coalesce(nullif(s.last_name, ''), c.last_name) AS last_name,
        coalesce(co.id, c.company_id) AS company_id,
        coalesce(nullif(s.job_title, ''), c.job_title) AS job_title,
        coalesce(nullif(s.phone, ''), c.phone) AS phone,
        coalesce(nullif(s.country, ''), c.country) AS country,
        coalesce(nullif(s.language, ''), c.language) AS language,
        coalesce(nullif(s.time_zone, ''), c.time_zone) AS time_zone,
        coalesce(nullif(s.source, ''), nullif(c.source, ''), %(source)s) AS source,
        coalesce(nullif(s.industry, ''), c.industry) AS industry,
        coalesce(nullif(s.notes, ''), c.notes) AS notes,
        c.custom || s.custom AS custom
    FROM import_stage s
    JOIN audience_contact c ON c.workspace_id = %(workspace)s AND c.email_key = s.email_key
    LEFT JOIN audience_company co
        ON s.company <> '' AND co.workspace_id = %(workspace)s AND lower(co.name) = lower(s.company)
    WHERE s.row > %(after)s AND s.row <= %(upto)s
        AND NOT EXISTS (SELECT FROM import_touched t WHERE t.row = s.row)
),
changed AS (
    UPDATE audience_contact c SET (first_name, last_name, company_id, job_title, phone, country, language, time_zone, source,
        industry, notes, custom, updated_at)
        = (w.first_name, w.last_name, w.company_id, w.job_title, w.phone, w.country, w.language, w.time_zone, w.source,
        w.industry, w.notes, w.custom, now())
    FROM wanted w
    WHERE c.id = w.id
        AND (c.first_name, c.last_name, c.company_id, c.job_title, c.phone, c.country, c.language, c.time_zone, c.source,
            c.industry, c.notes, c.custom)
        IS DISTINCT FROM (w.first_name, w.last_name, w.company_id, w.job_title, w.phone, w.country, w.language, w.time_zone,
            w.source, w.industry, w.notes, w.custom)
    RETURNING c.id, w.row
)
INSERT INTO import_touched (row, contact_id, outcome) SELECT row, id, 'updated' FROM changed
