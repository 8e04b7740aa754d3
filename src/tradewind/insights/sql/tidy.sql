-- What was counted and is no longer leaves no row of zero behind: a rebuilt table is equal to one that grew.
DELETE FROM insights_rollup WHERE count = 0 AND origin_id IN (
    SELECT DISTINCT e.origin_id FROM ledger_event e WHERE {span} AND e.origin_id IS NOT NULL
)
