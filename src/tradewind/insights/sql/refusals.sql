-- Refusals and bounces of an origin by cause, with the words that the servers used most often.
WITH r AS (
    SELECT g.provider, m.state, m.reason AS rule, m.reply_code AS code, m.reply_status AS status, m.reply_text AS words,
        coalesce(e.data ->> 'fault', '') AS fault, coalesce(e.data ->> 'persistence', '') AS persistence,
        coalesce((e.data ->> 'suppress')::boolean, false) AS suppress
    FROM ledger_message m
    JOIN insights_engagement g ON g.message_id = m.id
    LEFT JOIN LATERAL (
        SELECT data FROM ledger_event WHERE message_id = m.id AND type = m.state ORDER BY at DESC, id DESC LIMIT 1
    ) e ON true
    WHERE m.origin_id = %(origin)s AND m.state IN ('refused', 'bounced')
)
SELECT state, rule, code, status, fault, persistence, bool_or(suppress) AS suppress, count(*) AS count,
    mode() WITHIN GROUP (ORDER BY words) AS words, array_agg(DISTINCT provider ORDER BY provider) AS providers
FROM r GROUP BY state, rule, code, status, fault, persistence
ORDER BY count(*) DESC, state, rule, code
