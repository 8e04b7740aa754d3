-- Messages with hits that have settled and wait for a verdict, locked against other judges; the oldest first.
-- A message still claimed is left until its outcome is stored (the verdict asks when it was accepted), but not for ever.
SELECT m.id
FROM ledger_message m
WHERE m.id IN (
    SELECT h.message_id
    FROM signals_hit h
    JOIN ledger_message due ON due.id = h.message_id
    WHERE h.judged_at IS NULL AND h.kind <> 'unsubscribe' AND h.at <= %(settled)s
      AND (due.state <> 'claimed' OR h.at <= %(overdue)s)
    ORDER BY h.at
    LIMIT %(limit)s
)
ORDER BY m.id
FOR NO KEY UPDATE SKIP LOCKED
