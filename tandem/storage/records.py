"""The base of every record: a random key made by us, and a name that names nobody."""

from __future__ import annotations

import uuid
from typing import TypeVar

from django.db import models

from tandem.storage.standing import Standing

M = TypeVar("M", bound=models.Model)


class Record(models.Model):
    """A row with a random UUID; its text form ends up in logs, so it carries the key only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name}:{self.pk}"


class ScopedManager(models.Manager[M]):
    """Rows of a program; the database's row policies narrow further, this is the second lock."""

    def visible_to(self, standing: Standing) -> models.QuerySet[M]:
        """The only way a page may reach records."""
        return self.get_queryset().filter(program_id=standing.program_id)


class ScopedRecord(Record):
    """A record of one program."""

    program_id = models.UUIDField()

    objects = ScopedManager()

    class Meta:
        abstract = True


class ActRecord(ScopedRecord):
    """A record that says whose act made it, and when that happened."""

    by_id = models.UUIDField()
    by_name = models.CharField(max_length=60)
    at = models.DateTimeField()

    class Meta:
        abstract = True
