-- Messages that wait for another try, by provider, with what the server says most often.
SELECT m.provider, count(*) AS waiting, mode() WITHIN GROUP (ORDER BY m.reply_text) AS words, max(m.attempts) AS most_attempts,
    min(m.due_at) AS next_at
FROM ledger_message m
WHERE m.origin_id = %(origin)s AND m.state = 'deferred' AND m.reply_text <> ''
GROUP BY m.provider ORDER BY count(*) DESC, m.provider
