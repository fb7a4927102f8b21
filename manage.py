"""Django's own commands, for developers, as the owner of the schema; operators use `tandem`."""

import os
import sys


def main() -> None:
    """Run one command as the owner."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    from tandem.storage.standing import Standing, standing_as

    with standing_as(Standing("owner")):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
