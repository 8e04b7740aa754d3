-- Store a batch of requests and answer, for each, what its response needs. A request whose message is gone answers nothing.
-- The same request (a batch whose commit was in doubt, replayed from the spill file) is stored once: an instant in
-- microseconds, an address and a message name it.
WITH incoming AS (
    SELECT *
    FROM jsonb_to_recordset(%(hits)s::jsonb) AS i (
        n int, message_id bigint, kind text, link_id bigint, at timestamptz, method text, ip text, agent text, headers jsonb
    )
),
kept AS (
    INSERT INTO signals_hit (
        workspace_id, message_id, kind, link_id, at, method, ip, user_agent, headers, verdict, reasons, rule_version
    )
    SELECT m.workspace_id, m.id, i.kind, l.id, i.at, i.method, i.ip, i.agent, i.headers, '', '[]', 0
    FROM incoming i
    JOIN ledger_message m ON m.id = i.message_id
    LEFT JOIN content_link l ON l.id = i.link_id
    WHERE NOT EXISTS (
        SELECT 1 FROM signals_hit h
        WHERE h.message_id = i.message_id AND h.at = i.at AND h.kind = i.kind AND h.ip = i.ip
    )
)
SELECT
    i.n,
    COALESCE(NULLIF(w.company_name, ''), w.name) AS company,
    COALESCE(c.language, '') AS language,
    COALESCE(l.url, '') AS url,
    CASE WHEN strpos(l.url, '{') > 0 THEN m.values END AS values,
    m.values IS NOT NULL AS composed
FROM incoming i
JOIN ledger_message m ON m.id = i.message_id
JOIN accounts_workspace w ON w.id = m.workspace_id
LEFT JOIN audience_contact c ON c.id = m.contact_id
LEFT JOIN content_link l ON l.id = i.link_id
