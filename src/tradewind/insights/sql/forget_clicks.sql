DELETE FROM insights_linkclick WHERE message_id IN (
    SELECT DISTINCT e.message_id FROM ledger_event e WHERE {span} AND e.type = 'clicked'
)
