"""Password hashing: Argon2id with 19 MiB and two passes, OWASP's first choice."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Cost set for a machine that also answers calls."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
