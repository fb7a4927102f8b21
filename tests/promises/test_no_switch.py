"""Nothing under tandem/ turns walls, trail, second factor, durability or the event's key off."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
CODE = [p for folder in ("tandem", "config") for p in sorted((ROOT / folder).rglob("*.py"))]
PRODUCT = [path for path in CODE if path.name != "test.py"]

# Everything that the environment may say, and what it is for. A new word needs a line here.
ENVIRONMENT = {
    "TANDEM_DATA": "where the data folder is",
    "TANDEM_INSTANCE": "which installation",
    "TANDEM_KEY_FILE": "where the master keys are",
    "TANDEM_RUN_AS": "the unprivileged account",
    "TANDEM_PORT": "the one port",
    "TANDEM_DASK": "the cluster that a sweep of simulations runs on",
    "TANDEM_LISTEN": "the address it listens on",
    "TANDEM_HOSTS": "names it answers to",
    "TANDEM_TRUSTED_PROXY": "who speaks https in front; production refuses to start without",
    "TANDEM_WEB_PORT": "from the supervisor to its children",
    "TANDEM_PUSH_PORT": "from the supervisor to its children",
    "TANDEM_FRONT_SOCKET": "from the supervisor to its children",
    "TANDEM_DEMO_REPLAY": "whether the demonstration's calls come in",
    "TANDEM_DB_PASSWORD_": "a login's password",
    "TANDEM_DB_PASSWORD_OWNER": "the owner's password",
    "TANDEM_COOKIE_SECURE": "a setting: cookies over https alone",
    "TANDEM_SMS_URL": "the gateway of text messages",
    "TANDEM_SMS_SECRET_FILE": "the file with the gateway's secret",
    "TANDEM_PUSH_CONTACT": "whom push services may write to",
    "TANDEM_PUSH_LOOPBACK": "a push service on this machine, in a demonstration alone",
    "DATABASE_URL": "the owner's way to an outside server",
}
# Settings that code of the product reads.
SETTINGS = {
    "SECRET_KEY",
    "LANGUAGES",
    "LANGUAGE_COOKIE_NAME",
    "STATIC_URL",
    "TANDEM_COOKIE_SECURE",
}
FORBIDDEN = [
    # durability
    r"fsync\s*=\s*'?off",
    r"synchronous_commit\s*(=|TO)\s*'?(off|local)",
    r"full_page_writes\s*=\s*'?off",
    r"UNLOGGED",
    # walls
    r"DISABLE ROW LEVEL SECURITY",
    r"NO FORCE ROW LEVEL",
    r"(?<!NO)(?<!rol)BYPASSRLS",
    r"row_security\s*(=|TO)\s*'?off",
    r"session_replication_role",
    r"SECURITY DEFINER",
    r"LEAKPROOF",
    r"\bGRANT ALL\b",
    r"USING \(true\) TO PUBLIC",
    # the trail, the second factor, the event's key
    r"(no|skip|without|disable|ignore|bypass)_(audit|trail|seal|wall|walls|rls|mfa|totp|otp"
    r"|second_factor|csrf|lockout|event_key|dedup)",
    r"(audit|trail|walls|rls|mfa|totp|second_factor|csrf)_(off|disabled|optional|enabled)",
    r"csrf_exempt",
    r"AUTOCOMMIT.{0,4}False",
    r"\bBREAK\b\s*=",
    r"async_commit",
]


@functools.cache
def words_of(path: Path) -> tuple[tuple[str, str], ...]:
    """Each text and name of a file, with where it stands."""
    return tuple(_words(path))


def _words(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, f"{path.relative_to(ROOT)}:{node.lineno}"
        elif isinstance(node, ast.Name):
            yield node.id, f"{path.relative_to(ROOT)}:{node.lineno}"
        elif isinstance(node, ast.Attribute):
            yield node.attr, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_no_word_of_the_code_turns_a_promise_off() -> None:
    wrong = re.compile("|".join(FORBIDDEN), re.IGNORECASE)
    found = [
        f"{where}: {match[0]}"
        for path in PRODUCT
        for text, where in words_of(path)
        if (match := wrong.search(text))
    ]
    assert found == []


def test_the_environment_says_nothing_that_is_not_listed() -> None:
    said = {
        name
        for path in PRODUCT
        for text, _ in words_of(path)
        for name in re.findall(r"TANDEM_[A-Z][A-Z_]*|DATABASE_URL", text)
    }
    assert said - set(ENVIRONMENT) == set()


def test_the_environment_is_read_under_known_names_alone() -> None:
    """`os.environ.get(name)` and the like with a literal name that is listed, or a known prefix."""
    allowed = set(ENVIRONMENT) | {
        "PATH",
        "HOME",
        "LANG",
        "TZ",
        "DJANGO_SETTINGS_MODULE",
        "PYTHONPATH",
        "NO_COLOR",
    }
    asked = {
        found
        for path in PRODUCT
        for found in re.findall(
            r"environ(?:\.get|\.pop|\.setdefault)?[\[\(]\s*\"(\w+)\"", path.read_text()
        )
    }
    assert asked <= allowed, asked - allowed


def test_code_reads_few_settings_and_none_is_a_switch() -> None:
    pattern = r"(?<![\w.])settings\.([A-Z_]+)|getattr\(settings, \"([A-Z_]+)\""
    asked = {
        one or other
        for path in sorted((ROOT / "tandem").rglob("*.py"))
        for one, other in re.findall(pattern, path.read_text())
    }
    assert asked <= SETTINGS, asked - SETTINGS


def test_the_tests_run_with_the_products_own_guards() -> None:
    for middleware in (
        "csp.middleware.CSPMiddleware",
        "tandem.identity.middleware.private_pages",
        "django.middleware.csrf.CsrfViewMiddleware",
        "tandem.identity.middleware.signed_in",
    ):
        assert middleware in settings.MIDDLEWARE
    assert settings.PASSWORD_HASHERS == ["tandem.identity.hashing.Argon2"]
    assert settings.DEBUG is False


def test_no_code_of_the_product_knows_of_the_tests() -> None:
    pattern = re.compile(r"\b(from|import) tests\b|pytest|unittest|\bmock\b")
    found = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tandem").rglob("*.py"))
        if pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
