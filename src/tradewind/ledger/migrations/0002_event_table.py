"""The event table, partitioned by month, and the function that makes partitions ahead of time."""

import django.db.models.deletion
from django.db import migrations, models

CREATE = """
CREATE SEQUENCE ledger_event_id;

CREATE TABLE ledger_event (
    id bigint NOT NULL DEFAULT nextval('ledger_event_id'),
    -- The transaction that wrote it: events are read in the order of (xid, id), see projectors.py.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    workspace_id bigint NOT NULL,
    at timestamptz NOT NULL,
    type text NOT NULL,
    origin_id bigint,
    message_id bigint,
    contact_id bigint,
    data jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (at, id),
    CONSTRAINT event_type_known CHECK (type IN ({types}))
) PARTITION BY RANGE (at);

CREATE INDEX event_in_commit_order ON ledger_event (xid, id);
CREATE INDEX event_of_message ON ledger_event (message_id, at) WHERE message_id IS NOT NULL;
CREATE INDEX event_of_contact ON ledger_event (contact_id, at) WHERE contact_id IS NOT NULL;
CREATE INDEX event_of_origin ON ledger_event (origin_id, at) WHERE message_id IS NULL;

-- Nothing is ever refused for lack of a partition.
CREATE TABLE ledger_event_default PARTITION OF ledger_event DEFAULT;

CREATE FUNCTION ledger_make_partitions(ahead int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month date := date_trunc('month', now() AT TIME ZONE 'UTC');
    name text;
BEGIN
    FOR step IN 0..ahead LOOP
        name := 'ledger_event_' || to_char(month, 'YYYY_MM');
        IF to_regclass(name) IS NULL THEN
            EXECUTE format('CREATE TABLE %I PARTITION OF ledger_event FOR VALUES FROM (%L) TO (%L)',
                name, month::text || ' 00:00:00+00', (month + interval '1 month')::date::text || ' 00:00:00+00');
        END IF;
        month := month + interval '1 month';
    END LOOP;
END $$;

SELECT ledger_make_partitions(3);
"""

DROP = """
DROP FUNCTION ledger_make_partitions(int);
DROP TABLE ledger_event;
DROP SEQUENCE ledger_event_id;
"""

# As the vocabulary stood when this table was made; a later word comes with a migration of its own.
TYPES = (
    "queued skipped accepted deferred refused expired unknown returned bounced complained opened clicked unsubscribed "
    "replied auto_replied planned paused resumed held cancelled closed lane_slowed lane_suspended domain_stopped suppressed"
).split()


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(CREATE.replace("{types}", ", ".join(f"'{name}'" for name in TYPES)), DROP)
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("pk", models.CompositePrimaryKey("at", "id", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("id", models.BigIntegerField()),
                        ("at", models.DateTimeField()),
                        ("type", models.TextField()),
                        ("data", models.JSONField(default=dict)),
                        ('contact', models.ForeignKey(null=True, db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='audience.contact')),
                        ('message', models.ForeignKey(null=True, db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='ledger.message')),
                        ('origin', models.ForeignKey(null=True, db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='ledger.origin')),
                        ('workspace', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.workspace')),
                    ],
                    options={"db_table": "ledger_event"},
                ),
            ],
        ),
    ]
