-- What was done with the rows of one batch.
SELECT count(*) FILTER (WHERE outcome = 'created'), count(*) FILTER (WHERE outcome = 'updated'),
    count(*) FILTER (WHERE outcome = 'unchanged'), count(*) FILTER (WHERE kept_out)
FROM import_touched WHERE row > %(after)s AND row <= %(upto)s
