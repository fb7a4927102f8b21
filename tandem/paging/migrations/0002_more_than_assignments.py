"""A page tells of a change, an emergency or a sending taken back too, and is seen by a tap."""

import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("paging", "0001_initial")]

    operations = [
        migrations.AddField(
            "page",
            "kind",
            models.CharField(
                choices=[
                    ("assigned", "assigned"),
                    ("change", "change"),
                    ("emergency", "emergency"),
                    ("taken_back", "taken_back"),
                ],
                default="assigned",
                max_length=20,
            ),
        ),
        # Of the pages that are there the moment of this change: what they are about is known.
        migrations.AddField(
            "page",
            "about_at",
            models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.AddField("page", "seen_at", models.DateTimeField(null=True)),
        migrations.AlterField("page", "member_id", models.UUIDField()),
        migrations.AddConstraint(
            "page",
            models.UniqueConstraint(
                fields=("member_id", "kind", "desk", "about_at"), name="paged_once_of_each"
            ),
        ),
    ]
