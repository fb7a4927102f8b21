"""The administrator's act of removing somebody, in a process that dies between commit and ending.

`python -m tests.attacks.killed_between SESSION_COOKIE ADDRESS`: posts to the staff page's address
in a process of its own and is killed where it would end the sessions of the removed person.
"""

from __future__ import annotations

import os
import signal
import sys
import uuid
from datetime import datetime


def die(_staff_id: uuid.UUID, *, at: datetime) -> int:
    """What stands in for the ending of the sessions."""
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def main() -> None:
    """Act and die."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    import django

    django.setup()
    from django.test import Client

    from tandem.identity import sessions

    setattr(sessions, "end_all_of", die)  # noqa: B010 (the pages look it up there)
    client = Client(SERVER_NAME="localhost")
    client.cookies[sessions.COOKIE] = sys.argv[1]
    answer = client.post(sys.argv[2])
    print(answer.status_code, answer.headers.get("Location"))


if __name__ == "__main__":
    main()
