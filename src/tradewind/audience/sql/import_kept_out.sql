-- Those who left us once are neither subscribed nor given a new consent by a file.
UPDATE import_touched t SET kept_out = true
FROM import_stage s
WHERE t.row > %(after)s AND t.row <= %(upto)s AND s.row = t.row AND (
    EXISTS (
        SELECT FROM audience_suppression x
        WHERE x.workspace_id = %(workspace)s AND x.kind = 'address' AND x.value = s.email_key
            AND x.reason IN ('unsubscribed', 'complained')
    )
    OR EXISTS (
        SELECT FROM audience_subscription x
        WHERE x.list_id = %(list)s AND x.contact_id = t.contact_id AND x.state = 'unsubscribed'
    )
    OR (
        SELECT NOT k.granted FROM audience_consent k WHERE k.contact_id = t.contact_id ORDER BY k.id DESC LIMIT 1
    )
)
