from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0009_seen_on_view'),
    ]

    operations = [
        migrations.AddField(
            model_name='prealert',
            name='rang_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='prealert',
            name='climbed_at',
            field=models.DateTimeField(null=True),
        ),
    ]
