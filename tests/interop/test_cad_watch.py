"""A watched folder: whole files only, each once, and nothing lost whatever ends it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tandem.calls.models import CadEvent, Call
from tandem.interop.cad.files import watch as watching
from tandem.interop.cad.files.importing import Order, import_files
from tandem.interop.cad.files.watch import SETTLED, Watch
from tandem.kernel.instance import Instance, ServerMissing
from tandem.kernel.maps import MapError
from tests.interop.elm import HEAD, PLAIN, Elm

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


@pytest.fixture
def watch(elm: Elm, tmp_path: Path) -> Watch:
    """The county's drop folder."""
    folder = tmp_path / "drop"
    folder.mkdir()
    order = Order([], str(elm.map), agency="LCED", live=True, only_fresh=False)
    return Watch(folder, order, elm.said.append, Instance.find())


def drop(watch: Watch, name: str, *lines: str) -> Path:
    """A file as the CAD leaves it."""
    path = watch.folder / name
    path.write_text(HEAD + "".join(lines))
    return path


def settle(watch: Watch, start: float = 0.0) -> list[dict[str, Any]]:
    """Two looks, far enough apart."""
    watch.look(now=start)
    return watch.look(now=start + SETTLED)


def names(folder: Path) -> list[str]:
    """The files of a folder."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_a_file_is_read_when_it_stopped_growing_and_then_moved(watch: Watch) -> None:
    path = drop(watch, "a.csv", *PLAIN[:2])
    assert watch.look(now=0) == []
    path.write_text(HEAD + "".join(PLAIN))
    assert watch.look(now=SETTLED) == []
    (summary,) = watch.look(now=2 * SETTLED)
    assert (summary["rows"], Call.objects.count()) == (5, 3)
    assert (names(watch.folder), names(watch.folder / "done")) == ([], ["a.csv"])


def test_unfinished_and_hidden_files_wait(watch: Watch) -> None:
    drop(watch, "a.csv.part", *PLAIN)
    drop(watch, ".a.csv", *PLAIN)
    assert settle(watch) == []


def test_a_file_that_cannot_be_read_keeps_no_other_back(watch: Watch, elm: Elm) -> None:
    (watch.folder / "bad.csv").write_bytes(bytes(range(256)))
    drop(watch, "good.csv", *PLAIN)
    assert [summary["rows"] for summary in settle(watch)] == [5]
    assert names(watch.folder / "refused") == ["bad.csv"]
    assert "nothing of it was written" in " ".join(elm.said)


def test_killed_before_the_file_was_moved_it_is_read_again_and_adds_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(watch, "a.csv", *PLAIN)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as context:
        context.setattr(Watch, "_away", killed)
        with pytest.raises(Killed):
            settle(watch)
    before = CadEvent.objects.count()
    after = Watch(watch.folder, watch.order, watch.say, watch.instance)
    (summary,) = settle(after, start=100)
    assert (summary["duplicates"], summary["new"], CadEvent.objects.count()) == (5, 0, before)


def test_a_file_that_grew_while_it_was_read_is_read_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(watch, "a.csv", *PLAIN[:2])
    read = import_files

    def read_while_it_grows(*words: Any, **more: Any) -> dict[str, Any]:
        summary = read(*words, **more)
        path.write_text(HEAD + "".join(PLAIN))
        return summary

    with monkeypatch.context() as context:
        context.setattr(watching, "import_files", read_while_it_grows)
        (summary,) = settle(watch)
    assert (summary["rows"], names(watch.folder)) == (2, ["a.csv"])
    (summary,) = settle(watch, start=100)
    assert (summary["rows"], summary["duplicates"], Call.objects.count()) == (5, 2, 3)
    assert (names(watch.folder), names(watch.folder / "done")) == ([], ["a.csv"])


@pytest.mark.parametrize("wrong", [True, False])
def test_a_file_that_somebody_removed_meanwhile_ends_nothing(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, *, wrong: bool
) -> None:
    path = drop(watch, "a.csv", *PLAIN)
    read = import_files

    def removed(*words: Any, **more: Any) -> dict[str, Any]:
        summary = {} if wrong else read(*words, **more)
        path.unlink()
        if wrong:
            raise MapError("There is no file.")
        return summary

    with monkeypatch.context() as context:
        context.setattr(watching, "import_files", removed)
        settle(watch)
    assert settle(watch, start=100) == []


def test_a_file_that_cannot_be_moved_is_noted_and_not_read_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(watch, "a.csv", *PLAIN)
    monkeypatch.setattr(watching, "DONE", "a.csv/none")
    assert len(settle(watch)) == 1
    assert settle(watch, start=100) == []
    another = Watch(watch.folder, watch.order, watch.say, watch.instance)
    assert settle(another) == []


def test_while_the_database_is_away_the_file_stays(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(watch, "a.csv", *PLAIN)

    def away(*_: object, **__: object) -> None:
        raise ServerMissing("away")

    monkeypatch.setattr(watching, "import_files", away)
    with pytest.raises(ServerMissing):
        settle(watch)
    assert names(watch.folder) == ["a.csv"]
