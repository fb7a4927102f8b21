"""Density and order of panes are the person's: kept with the sign-in, whatever the browser."""

from __future__ import annotations

import pytest

from tandem.identity.desk_views import PANES, changed, read_view
from tandem.identity.models import Account
from tests.conftest import Persona
from tests.scene import browser_of

NONSENSE = ("", "null", "[]", "{", '"x"', '{"dispatch": 7}', '{"dispatch": {"order": 1}}')


@pytest.mark.parametrize("kept", NONSENSE)
def test_what_cannot_be_read_is_a_desk_as_it_comes(kept: str) -> None:
    view = read_view(kept, "dispatch")
    assert view.order == PANES["dispatch"]
    assert view.density == ""
    assert view.shown == ("pending", "active", "detail", "units", "requests")


def test_a_pane_of_an_earlier_or_later_release_breaks_nothing() -> None:
    view = read_view('{"crisis": {"order": ["workers", "gone", "asked"], "shown": []}}', "crisis")
    assert view.order[:4] == ("workers", "asked", "callers", "contacts")
    assert set(view.order) == set(PANES["crisis"])
    # Those that a desk cannot do without are always open.
    assert view.shown == ("asked", "callers", "contacts")


@pytest.mark.parametrize(
    ("asked", "lists", "side"),
    [
        ({"up": "active"}, ("active", "pending"), ("detail", "units", "requests")),
        ({"up": "pending"}, ("pending", "active"), ("detail", "units", "requests")),
        ({"down": "detail"}, ("pending", "active"), ("units", "detail", "requests")),
        ({"up": "nothing"}, ("pending", "active"), ("detail", "units", "requests")),
    ],
)
def test_a_pane_moves_one_place_among_those_of_its_side(
    asked: dict[str, str], lists: tuple[str, ...], side: tuple[str, ...]
) -> None:
    view = changed(read_view("", "dispatch"), asked)
    assert view.lists == lists
    assert view.side[:3] == side


def test_what_nobody_can_work_without_is_not_put_away() -> None:
    view = read_view("", "dispatch")
    assert changed(view, {"toggle": "pending"}) == view
    assert "activity" in changed(view, {"toggle": "activity"}).shown
    assert changed(view, {"density": "tiny"}).density == ""


@pytest.mark.django_db(databases=["default", "identity"])
def test_it_is_kept_for_the_person_and_for_that_desk_alone(cast: dict[str, Persona]) -> None:
    desk, other = cast["dispatcher"], cast["dispatcher-2"]
    first = browser_of(desk)
    for asked in ({"density": "dense"}, {"up": "active"}, {"toggle": "closed"}):
        assert first.post("/panes/", asked).status_code == 302
    page = browser_of(desk).get("/desk/").content.decode()
    assert 'data-density="dense"' in page
    assert page.index('data-pane="active"') < page.index('data-pane="pending"')
    assert 'data-pane="closed" data-folded' not in page
    assert 'data-pane="activity" data-folded' in page
    fragment = browser_of(desk).get("/desk/fragments/?regions=lists").content.decode()
    assert fragment.index('data-pane="active"') < fragment.index('data-pane="pending"')
    page = browser_of(other).get("/desk/").content.decode()
    assert "data-density" not in page
    assert page.index('data-pane="pending"') < page.index('data-pane="active"')
    assert Account.objects.get(staff_id=desk.staff_id).desk_views.count("dispatch") == 1
    browser_of(cast["crisis-worker"]).post("/panes/", {"density": "roomy"})
    assert (
        'data-density="roomy"' in browser_of(cast["crisis-worker"]).get("/crisis/").content.decode()
    )
