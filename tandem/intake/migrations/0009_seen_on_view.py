from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('intake', '0008_asked_on_scene'),
    ]

    operations = [
        migrations.AddField(
            model_name='onview',
            name='seen',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.AlterField(
            model_name='onview',
            name='call_id',
            field=models.UUIDField(),
        ),
        migrations.AddIndex(
            model_name='onview',
            index=models.Index(fields=['call_id'], name='on_view_of_call'),
        ),
        migrations.AddIndex(
            model_name='onview',
            index=models.Index(fields=['at'], name='on_view_at'),
        ),
    ]
