from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('calls', '0006_jurisdiction'),
    ]

    operations = [
        migrations.AddField(
            model_name='unitfact',
            name='tellings',
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
