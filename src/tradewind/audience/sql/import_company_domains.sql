-- A company known by name only learns its domain from the first address that is not free-mail.
UPDATE audience_company co SET domain = d.domain
FROM (
    SELECT DISTINCT ON (lower(s.company)) lower(s.company) AS name, s.company_domain AS domain
    FROM import_stage s
    WHERE s.row > %(after)s AND s.row <= %(upto)s AND s.company <> '' AND s.company_domain <> ''
    ORDER BY lower(s.company), s.row
) d
WHERE co.workspace_id = %(workspace)s AND lower(co.name) = d.name AND co.domain = ''
