"""Counts that are kept of past days, and the triggers that say which of them are no longer true.

A trigger, because every way of changing what is counted must leave its mark, also one by SQL: a
count that is kept and no longer true would be believed.
"""

import django.db.models.functions.datetime
import uuid
from django.db import migrations, models


_SPINE = """
CREATE FUNCTION tandem_spine_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.encounters_spinerecount (id, program_id, side, encounter_id) VALUES
    (gen_random_uuid(), NEW.program_id, 'police', NEW.encounter_id),
    (gen_random_uuid(), NEW.program_id, 'county', NEW.encounter_id);
  RETURN NULL;
END $$;
CREATE TRIGGER member_counted AFTER INSERT ON dispatch_member
  FOR EACH ROW EXECUTE FUNCTION tandem_spine_changed();
CREATE TRIGGER step_counted AFTER INSERT ON dispatch_memberstep
  FOR EACH ROW EXECUTE FUNCTION tandem_spine_changed();
CREATE TRIGGER shared_axis_counted AFTER INSERT OR UPDATE ON encounters_sharedaxis
  FOR EACH ROW EXECUTE FUNCTION tandem_spine_changed();

CREATE FUNCTION tandem_call_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.encounters_spinerecount (id, program_id, side, encounter_id)
    SELECT gen_random_uuid(), e.program_id, s.side, e.id
    FROM public.dispatch_encounter e, (VALUES ('police'), ('county')) AS s (side)
    WHERE e.call_id = NEW.id AND e.program_id = NEW.program_id;
  RETURN NULL;
END $$;
CREATE TRIGGER call_counted AFTER UPDATE OF received_at ON calls_call FOR EACH ROW
  WHEN (OLD.received_at IS DISTINCT FROM NEW.received_at AND NOT NEW.history)
  EXECUTE FUNCTION tandem_call_changed();

CREATE FUNCTION tandem_clinical_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.encounters_clinicalrecount (id, program_id, side, encounter_id) VALUES
    (gen_random_uuid(), NEW.program_id, 'county', NEW.encounter_id);
  RETURN NULL;
END $$;
CREATE TRIGGER clinical_axis_counted AFTER INSERT OR UPDATE ON encounters_clinicalaxis
  FOR EACH ROW EXECUTE FUNCTION tandem_clinical_changed();
"""
_GONE = """
DROP TRIGGER member_counted ON dispatch_member;
DROP TRIGGER step_counted ON dispatch_memberstep;
DROP TRIGGER shared_axis_counted ON encounters_sharedaxis;
DROP TRIGGER call_counted ON calls_call;
DROP TRIGGER clinical_axis_counted ON encounters_clinicalaxis;
DROP FUNCTION tandem_spine_changed();
DROP FUNCTION tandem_call_changed();
DROP FUNCTION tandem_clinical_changed();
"""


class Migration(migrations.Migration):


    dependencies = [
        ('encounters', '0004_reviews'),
        ('dispatch', '0006_undone'),
        ('calls', '0008_let_go'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClinicalRecount',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('program_id', models.UUIDField()),
                ('side', models.CharField(max_length=10)),
                ('encounter_id', models.UUIDField()),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['program_id', 'side'], name='clinicalrecount_of')],
            },
        ),
        migrations.CreateModel(
            name='ClinicalTally',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('program_id', models.UUIDField()),
                ('agency_id', models.UUIDField()),
                ('unit', models.CharField(max_length=5)),
                ('start_on', models.DateField()),
                ('counts', models.JSONField()),
                ('counted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('agency_id', 'unit', 'start_on'), name='clinicaltally_once'), models.CheckConstraint(condition=models.Q(('unit__in', ['day', 'month', 'year'])), name='clinicaltally_unit')],
            },
        ),
        migrations.CreateModel(
            name='PoliceTally',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('program_id', models.UUIDField()),
                ('agency_id', models.UUIDField()),
                ('unit', models.CharField(max_length=5)),
                ('start_on', models.DateField()),
                ('counts', models.JSONField()),
                ('counted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
                'constraints': [models.UniqueConstraint(fields=('agency_id', 'unit', 'start_on'), name='policetally_once'), models.CheckConstraint(condition=models.Q(('unit__in', ['day', 'month', 'year'])), name='policetally_unit')],
            },
        ),
        migrations.CreateModel(
            name='SpineRecount',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('program_id', models.UUIDField()),
                ('side', models.CharField(max_length=10)),
                ('encounter_id', models.UUIDField()),
            ],
            options={
                'abstract': False,
                'indexes': [models.Index(fields=['program_id', 'side'], name='spinerecount_of')],
            },
        ),
        migrations.RunSQL(_SPINE, _GONE),
    ]
