-- Companies that the rows name and we do not know yet; one row for ACME GmbH and Acme GMBH.
INSERT INTO audience_company (workspace_id, name, domain, country, created_at)
SELECT DISTINCT ON (lower(s.company)) %(workspace)s, s.company, s.company_domain, '', now()
FROM import_stage s
WHERE s.row > %(after)s AND s.row <= %(upto)s AND s.company <> ''
ORDER BY lower(s.company), s.company_domain = '', s.row
ON CONFLICT DO NOTHING
