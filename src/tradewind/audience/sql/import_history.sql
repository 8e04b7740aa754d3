-- What this import did with each contact.
INSERT INTO audience_importedcontact (workspace_id, source_import_id, contact_id, row, outcome, kept_out)
SELECT %(workspace)s, %(import)s, t.contact_id, t.row, t.outcome, t.kept_out
FROM import_touched t
WHERE t.row > %(after)s AND t.row <= %(upto)s
ORDER BY t.row
ON CONFLICT (source_import_id, contact_id) DO NOTHING
