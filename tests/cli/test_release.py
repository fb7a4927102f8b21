"""What root serves is a copy that the account can read, and nothing of it can be written."""

import os
from pathlib import Path

import pytest

from tandem.cli import children, copies, release
from tandem.kernel.instance import Instance, InstanceError, ServiceAccount, service_account

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root copies")


def test_the_same_files_have_the_same_name() -> None:
    assert release.version() == release.version()


def test_a_file_that_others_may_read_is_linked_and_another_is_copied(tmp_path: Path) -> None:
    shown, closed = tmp_path / "shown", tmp_path / "closed"
    for path, mode in ((shown, 0o755), (closed, 0o700)):
        path.write_text("text")
        path.chmod(mode)
        copies.put(path, tmp_path / "copy" / path.name)
    assert (tmp_path / "copy" / "shown").samefile(shown)
    copied = tmp_path / "copy" / "closed"
    assert not copied.samefile(closed)
    assert copied.stat().st_mode & 0o777 == 0o755
    assert closed.stat().st_mode & 0o777 == 0o700


@ROOT_ONLY
def test_a_half_made_copy_is_made_again(tmp_path: Path) -> None:
    target = tmp_path / "app" / "1"
    target.mkdir(parents=True)
    (target / "half").touch()
    copies.whole(target, lambda draft: (draft / "file").touch())
    assert sorted(path.name for path in target.iterdir()) == ["complete", "file"]


@ROOT_ONLY
def test_a_place_that_somebody_else_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "app").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InstanceError, match="not made by root"):
        copies.whole(tmp_path / "app" / "1", lambda draft: None)


@ROOT_ONLY
def test_the_copy_is_readable_and_not_writable_for_the_account(instance: Instance) -> None:
    instance.prepare()
    before = os.umask(0o077)
    try:
        served = release.current(instance)
    finally:
        os.umask(before)
    account = service_account()
    assert account is not None
    assert served.folder.is_relative_to(instance.data)
    for path in (served.folder, *served.folder.rglob("*")):
        facts = path.stat()
        assert facts.st_uid == 0, path
        assert facts.st_mode & 0o004, path
        assert not facts.st_mode & 0o022, path
    release.check_interpreter(children.base_python(), account)
    release.forget_others(instance, served)
    assert served.folder.exists()


@ROOT_ONLY
def test_an_interpreter_below_a_closed_folder_is_refused(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    program = closed / "python3"
    program.write_bytes(Path(children.base_python()).read_bytes())
    program.chmod(0o755)
    account = service_account()
    assert account is not None
    with pytest.raises(InstanceError, match="lies below a closed folder"):
        release.check_interpreter(str(program), ServiceAccount("nobody", account.uid, account.gid))
