"""A roster proposes: each desk reads who of its own side is planned, and nobody is on by it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tandem.directory import rostered
from tandem.directory.rostered import Planned, around, file_of, load_roster, planned_of
from tandem.dispatch.models import UnitMember
from tandem.dispatch.services import sign_off, sign_on
from tandem.kernel.instance import Instance, InstanceError, acting_as, service_account
from tests.conftest import Persona
from tests.scene import PATROL, browser_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
ZONE = "America/Chicago"
NIGHT = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def instance(installation: Instance) -> Iterator[Instance]:
    """The tests' own, without any roster."""
    folder = file_of(installation, "police").parent
    yield installation
    with acting_as(service_account()):
        shutil.rmtree(folder, ignore_errors=True)


def calendar(folder: Path, *shifts: tuple[str, datetime, datetime]) -> Path:
    """An iCalendar file as a scheduling program writes it, times in UTC."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN"]
    for place, (who, begins, ends) in enumerate(shifts):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{place}@x",
            "DTSTAMP:20260601T000000Z",
            f"SUMMARY:{who}",
            f"DTSTART:{begins.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTEND:{ends.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            "END:VEVENT",
        ]
    path = folder / "roster.ics"
    path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), encoding="utf-8")
    return path


def test_now_and_next_at_the_borders() -> None:
    def shift(who: str, begins: int, ends: int) -> Planned:
        return Planned(who, NIGHT + timedelta(hours=begins), NIGHT + timedelta(hours=ends))

    early, late, also = shift("A", -8, 0), shift("B", 0, 8), shift("C", 8, 16)
    far, twin = shift("D", 21, 29), shift("E", 8, 12)
    every = [far, late, twin, early, also]
    assert around(every, NIGHT) == ([late], [also, twin])
    assert around(every, NIGHT - timedelta(seconds=1)) == ([early], [late])
    # Nothing within twelve hours is no next shift.
    assert around([far], NIGHT) == ([], [])


def test_a_calendar_is_kept_in_place_of_the_one_before(instance: Instance, tmp_path: Path) -> None:
    hours = timedelta(hours=8)
    first = calendar(tmp_path, ("A", NIGHT, NIGHT + hours))
    assert load_roster(instance, "police", first, zone=ZONE, now=NIGHT) == 1
    assert planned_of(instance, "police") == (Planned("A", NIGHT, NIGHT + hours),)
    assert planned_of(instance, "county") is None
    second = calendar(tmp_path, ("B", NIGHT, NIGHT + hours))
    load_roster(instance, "police", second, zone=ZONE, now=NIGHT)
    assert [one.person for one in planned_of(instance, "police") or []] == ["B"]
    long_ago = calendar(tmp_path, ("C", NIGHT - 99 * hours, NIGHT - 98 * hours))
    with pytest.raises(InstanceError, match="no shift"):
        load_roster(instance, "police", long_ago, zone=ZONE, now=NIGHT)
    (tmp_path / "none.ics").write_text("no calendar", encoding="utf-8")
    with pytest.raises(InstanceError):
        load_roster(instance, "police", tmp_path / "none.ics", zone=ZONE, now=NIGHT)
    assert [one.person for one in planned_of(instance, "police") or []] == ["B"]


def test_a_night_across_the_change_of_the_clock_has_its_true_length(
    instance: Instance, tmp_path: Path
) -> None:
    # On 2026-11-01 at 02:00 clocks in Chicago go back an hour.
    zone = ZoneInfo(ZONE)
    begins = datetime(2026, 10, 31, 22, 0, tzinfo=zone)
    ends = datetime(2026, 11, 1, 6, 0, tzinfo=zone)
    path = calendar(tmp_path, ("A", begins, ends))
    load_roster(instance, "county", path, zone=ZONE, now=begins)
    kept = (planned_of(instance, "county") or [])[0]
    assert kept.ends - kept.begins == timedelta(hours=9)


def pages(cast: dict[str, Persona]) -> tuple[str, str]:
    """Who is there, at dispatch and at the crisis desk."""
    return (
        browser_of(cast["dispatcher"]).get("/desk/presence/").content.decode(),
        browser_of(cast["crisis-supervisor"]).get("/crisis/presence/").content.decode(),
    )


def planned(instance: Instance, tmp_path: Path, side: str, who: str) -> None:
    """Somebody of a side is planned since half an hour."""
    now = timezone.now()
    path = calendar(tmp_path, (who, now - timedelta(minutes=30), now + timedelta(hours=8)))
    load_roster(instance, side, path, zone=ZONE, now=now)


def test_who_is_planned_and_not_on_is_said_and_only_a_sign_on_makes_them_dispatchable(
    cast: dict[str, Persona], instance: Instance, tmp_path: Path
) -> None:
    officer = cast["patrol-officer"]
    assert "Planned now" not in pages(cast)[0]
    planned(instance, tmp_path, "police", officer.short_name)
    assert "planned, not signed on after 10 min" in pages(cast)[0]
    assert not UnitMember.objects.exists()
    sign_on(officer.doing(at=timezone.now()), PATROL)
    shown = pages(cast)[0]
    assert "planned, not signed on" not in shown
    assert "signed on" in shown
    sign_on(cast["cru-officer"].doing(at=timezone.now()), PATROL)
    assert f"Signed on and not planned: {cast['cru-officer'].short_name}" in pages(cast)[0]


def test_each_desk_reads_its_own_sides_roster_to_the_byte(
    cast: dict[str, Persona],
    instance: Instance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def steady(text: str) -> list[str]:
        drawn_anew = ("csrf", "act_id", "data-now")
        return [line for line in text.splitlines() if not any(one in line for one in drawn_anew)]

    before = steady(pages(cast)[0])
    planned(instance, tmp_path, "county", cast["crisis-worker-2"].short_name)
    at_dispatch, at_crisis = pages(cast)
    assert steady(at_dispatch) == before
    assert "Planned now" in at_crisis
    # A build that reads one file for both would be seen.
    one_file = file_of(instance, "county")
    monkeypatch.setattr(rostered, "file_of", lambda _instance, _side: one_file)
    assert steady(pages(cast)[0]) != before


def desks(cast: dict[str, Persona]) -> tuple[str, str]:
    """The units of dispatch and the workers of the crisis desk, as their pages draw them."""
    pages = [
        browser_of(cast["dispatcher"]).get("/desk/fragments/?regions=units"),
        browser_of(cast["crisis-supervisor"]).get("/crisis/lists/?regions=workers"),
    ]
    return pages[0].content.decode(), pages[1].content.decode()


def test_who_should_be_here_and_is_not_stands_where_the_desk_sees_its_units(
    cast: dict[str, Persona], instance: Instance, tmp_path: Path
) -> None:
    officer, worker = cast["patrol-officer"], cast["crisis-worker-3"]
    before = desks(cast)
    assert "Planned, not signed on" not in before[0]
    planned(instance, tmp_path, "police", officer.short_name)
    at_dispatch, at_crisis = desks(cast)
    assert "Planned, not signed on" in at_dispatch
    assert officer.short_name in at_dispatch
    assert officer.short_name not in at_crisis
    planned(instance, tmp_path, "county", worker.short_name)
    assert worker.short_name in desks(cast)[1]
    assert worker.short_name not in desks(cast)[0]
    sign_on(officer.doing(at=timezone.now()), PATROL)
    assert "Planned, not signed on" not in desks(cast)[0]
    sign_on(cast["cru-officer"].doing(at=timezone.now()), PATROL)
    assert f"Signed on and not planned: {cast['cru-officer'].short_name}" in desks(cast)[0]


def test_in_the_first_ten_minutes_and_when_they_are_away_nobody_is_said_to_be_missing(
    cast: dict[str, Persona], instance: Instance, tmp_path: Path
) -> None:
    officer, now = cast["patrol-officer"], timezone.now()
    path = calendar(
        tmp_path, (officer.short_name, now - timedelta(minutes=9), now + timedelta(hours=8))
    )
    load_roster(instance, "police", path, zone=ZONE, now=now)
    assert "Planned, not signed on" not in desks(cast)[0]
    planned(instance, tmp_path, "police", officer.short_name)
    sign_on(officer.doing(at=timezone.now()), PATROL)
    sign_off(officer.doing(at=timezone.now()), reason="sick")
    assert "Planned, not signed on" not in desks(cast)[0]


def test_a_member_reads_their_own_shift_where_they_sign_on(
    cast: dict[str, Persona], instance: Instance, tmp_path: Path
) -> None:
    officer, worker = cast["patrol-officer"], cast["crisis-worker-3"]
    planned(instance, tmp_path, "police", officer.short_name)
    own = browser_of(officer).get("/duty/").content.decode()
    assert "You are planned" in own
    assert "planned, not signed on after 10 min" in own
    other = browser_of(cast["cru-officer"]).get("/duty/").content.decode()
    assert f"Planned now on your side: {officer.short_name}" in other
    # The other employer's roster is not theirs to read.
    assert "lanned" not in browser_of(worker).get("/duty/").content.decode()
