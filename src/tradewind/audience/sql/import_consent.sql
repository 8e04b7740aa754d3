-- Why we may mail each of them, with the file and its row as evidence.
INSERT INTO audience_consent (workspace_id, contact_id, granted, basis, source_import_id, evidence, at)
SELECT %(workspace)s, t.contact_id, true, %(basis)s, %(import)s, %(evidence)s::jsonb || jsonb_build_object('row', t.row), now()
FROM import_touched t
WHERE t.row > %(after)s AND t.row <= %(upto)s AND NOT t.kept_out
ORDER BY t.row
