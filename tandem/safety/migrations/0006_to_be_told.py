from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('safety', '0005_visits'),
    ]

    operations = [
        migrations.AlterField(
            model_name='overdue',
            name='kind',
            field=models.CharField(choices=[('acknowledge', 'acknowledge'), ('check_alone', 'check_alone'), ('check_team', 'check_team'), ('early_entry', 'early_entry'), ('officer_asked', 'officer_asked'), ('visit', 'visit'), ('tell', 'tell')], max_length=20),
        ),
    ]
