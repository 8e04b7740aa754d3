UPDATE signals_hit h
SET verdict = c.verdict, shows_inbox = c.shows_inbox, reasons = c.reasons, rule_version = %(version)s, judged_at = %(now)s
FROM jsonb_to_recordset(%(changes)s::jsonb) AS c (id bigint, verdict text, shows_inbox boolean, reasons jsonb)
WHERE h.id = c.id
