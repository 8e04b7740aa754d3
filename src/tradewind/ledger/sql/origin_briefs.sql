SELECT o.id, o.kind, o.workspace_id, w.slug AS workspace_slug,
    jsonb_build_object('sender_name', s.name, 'sender_email', s.email,
        'workspace_name', coalesce(nullif(w.company_name, ''), w.name), 'workspace_address', w.postal_address,
        'workspace_website', w.website) AS constants,
    s.name AS from_name, s.email AS from_email, s.reply_to,
    d.name AS domain, d.return_path_host, d.tracking_host,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('selector', k.selector, 'algorithm', k.algorithm,
        'private_pem', k.private_pem) ORDER BY k.id), '[]'::jsonb)
     FROM senders_dkimkey k WHERE k.domain_id = d.id AND k.active) AS keys,
    jsonb_build_object('id', c.id, 'kind', c.kind, 'host', c.host, 'port', c.port, 'security', c.security,
        'verify_certificate', c.verify_certificate, 'username', c.username, 'password', c.password,
        'ehlo_name', c.ehlo_name, 'source_ip', c.source_ip, 'max_connections', c.max_connections) AS channel,
    v.id AS version_id, v.subject, v.html, v.text,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'position', l.position, 'url', l.url)
        ORDER BY l.position), '[]'::jsonb)
     FROM content_link l WHERE l.version_id = v.id) AS links
FROM ledger_origin o
JOIN accounts_workspace w ON w.id = o.workspace_id
JOIN senders_sender s ON s.id = o.sender_id
JOIN senders_sendingdomain d ON d.id = o.domain_id
JOIN senders_channel c ON c.id = o.channel_id
JOIN content_templateversion v ON v.id = o.version_id
WHERE o.id = ANY(%(ids)s)
