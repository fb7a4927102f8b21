"""The generated pages of the policy: the matrix, and the register of fields."""

from tandem.privacy.policy.load import policy
from tandem.privacy.policy.matrix import fields_page, matrix_page


def pages() -> dict[str, str]:
    """Path below docs/ to text."""
    return {
        "reference/matrix.md": matrix_page(policy()),
        "reference/fields.md": fields_page(policy(), columns_of_models()),
    }


def columns_of_models() -> dict[str, list[str]]:
    """Every table the product makes, with its columns; no database is asked."""
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()
    from django.db.migrations.recorder import MigrationRecorder

    models = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    return {
        model._meta.db_table: [field.column for field in model._meta.concrete_fields]
        for model in models
        if model._meta.managed
    }
