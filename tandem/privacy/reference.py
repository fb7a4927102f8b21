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
    from django.db.models import Model

    if not apps.ready:
        django.setup()
    from django.db.migrations.recorder import MigrationRecorder

    models: list[type[Model]] = [*apps.get_models(include_auto_created=True)]
    models.append(MigrationRecorder.Migration)
    return {
        model._meta.db_table: [str(field.column) for field in model._meta.concrete_fields]
        for model in models
        if model._meta.managed
    }
