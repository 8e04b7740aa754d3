-- New on the list. Who is on it already, in whatever state, stays in that state.
INSERT INTO audience_subscription (workspace_id, list_id, contact_id, state, changed_at)
SELECT %(workspace)s, %(list)s, t.contact_id, 'subscribed', now()
FROM import_touched t
WHERE t.row > %(after)s AND t.row <= %(upto)s AND NOT t.kept_out AND %(list)s::bigint IS NOT NULL
ORDER BY t.row
ON CONFLICT (list_id, contact_id) DO NOTHING
