-- Contacts that were there and stay as they are.
INSERT INTO import_touched (row, contact_id, outcome)
SELECT s.row, c.id, 'unchanged'
FROM import_stage s
JOIN audience_contact c ON c.workspace_id = %(workspace)s AND c.email_key = s.email_key
WHERE s.row > %(after)s AND s.row <= %(upto)s AND NOT EXISTS (SELECT FROM import_touched t WHERE t.row = s.row)
