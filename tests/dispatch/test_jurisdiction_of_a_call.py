"""A call has a jurisdiction: from its source, its place or a hand; advice and the desk use it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tandem.board.facts import pack
from tandem.calls.jurisdiction import Ground, locate
from tandem.calls.models import Call
from tandem.directory import facts as directory_facts
from tandem.directory.facts import program
from tandem.dispatch.advising import standpoint_of
from tandem.dispatch.models import AdviceGiven
from tandem.dispatch.services import override_advice, sign_on
from tandem.intake.sealed import ContactFacts
from tandem.intake.services import crisis
from tandem.intake.services.desk import Entered, NewCall, open_call, place_call
from tandem.intake.services.sharing import Chosen, share_contact
from tandem.kernel.jurisdictions import Jurisdictions
from tandem.kernel.program import Program, parse_program
from tandem.kernel.refusals import BadInput, NotPermitted
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, PATROL, browser_of, eyes_of

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def entered(by: Persona, **facts: object) -> Call:
    new = NewCall(caller=Entered(channel="911"), **facts)  # type: ignore[arg-type]
    return open_call(by.doing(), uuid.uuid4(), new)


def kept(call: Call) -> tuple[list[str], str]:
    call.refresh_from_db()
    return call.jurisdictions, call.jurisdiction_how


@pytest.mark.parametrize(
    ("facts", "codes", "how"),
    [
        ({"lat": 43.8117, "lon": -91.2565}, ["la-crosse"], "boundary"),
        ({"lat": 43.9100, "lon": -91.2200}, ["elsewhere"], "boundary"),
        ({"place": "417 Main St"}, ["la-crosse"], "streets"),
        ({"place": "417 Main St, Onalaska, WI 54650"}, ["onalaska"], "streets"),
        # A town that the file does not name decides nothing, not even by a street of the city.
        ({"place": "417 Main St, Holmen"}, [], ""),
        ({"place": "behind the barn"}, [], ""),
        ({}, [], ""),
        # A hand says more than a street.
        ({"place": "417 Main St", "jurisdictions": ["county"]}, ["county"], "hand"),
        ({"jurisdictions": ["la-crosse", "onalaska"]}, ["la-crosse", "onalaska"], "hand"),
    ],
)
def test_a_call_by_hand_is_placed_by_what_is_known(
    dispatcher: Persona, facts: dict[str, object], codes: list[str], how: str
) -> None:
    assert kept(entered(dispatcher, **facts)) == (codes, how)


def test_a_hand_says_it_later_and_takes_it_back(
    dispatcher: Persona, trail: Callable[[], list[str]]
) -> None:
    call = entered(dispatcher, place="417 Main St")
    place_call(dispatcher.doing(), call.pk, ["onalaska"])
    assert kept(call) == (["onalaska"], "hand")
    assert call.jurisdiction_by == dispatcher.short_name
    place_call(dispatcher.doing(), call.pk, [])
    assert kept(call) == (["la-crosse"], "streets")
    assert call.jurisdiction_by == ""
    with pytest.raises(BadInput, match="not in the program's file"):
        place_call(dispatcher.doing(), call.pk, ["oslo"])
    assert kept(call) == (["la-crosse"], "streets")
    assert trail() == ["call.opened", "call.placed", "call.placed", "call.placed.refused"]


def test_only_a_dispatcher_says_it(dispatcher: Persona, officer: Persona) -> None:
    call = entered(dispatcher)
    with pytest.raises(NotPermitted):
        place_call(officer.doing(), call.pk, ["county"])


def test_two_words_of_a_source_are_two_grounds_and_a_half_known_one_is_none() -> None:
    facts = program().jurisdictions
    assert locate(facts, said="LCPD; Onalaska") == Ground(
        ("la-crosse", "onalaska"), "said", "LCPD; Onalaska"
    )
    assert locate(facts, said="LCPD; Mars").codes == ()
    # The feed of a police agency tells of its own ground where nothing else shows another.
    assert locate(facts, agency="LCPD") == Ground(("la-crosse",), "agency")
    assert locate(facts, agency="LCPD", said="Sheriff").codes == ("county",)
    assert locate(Jurisdictions(), said="LCPD", lat=43.8, lon=-91.2) == Ground(said="LCPD")


def advised(cast: dict[str, Persona], call: Call) -> tuple[str, str, list[str]]:
    call.refresh_from_db()
    with eyes_of(cast["dispatcher"].standing):
        stand = standpoint_of(cast["dispatcher"].standing, call, NOON)
    assert stand is not None
    return stand.kind, stand.advice.first, list(stand.advice.tell)


@pytest.fixture
def shift(cast: dict[str, Persona]) -> dict[str, Persona]:
    """A pair and a patrol officer, all of the city's police but the crisis worker."""
    sign_on(cast["cru-officer"].doing(), CRU_1)
    sign_on(cast["crisis-worker"].doing(), CRU_1)
    sign_on(cast["patrol-officer"].doing(), PATROL)
    return cast


def test_advice_proposes_officers_at_home_and_under_aid_alone(shift: dict[str, Persona]) -> None:
    desk = shift["dispatcher"]
    call = entered(desk)
    assert advised(shift, call) == ("unknown", "cru_pair", [])
    place_call(desk.doing(), call.pk, ["la-crosse"])
    assert advised(shift, call) == ("city", "cru_pair", [])
    # Under the file's agreement the pair goes there, and the supervisor is told.
    place_call(desk.doing(), call.pk, ["onalaska"])
    assert advised(shift, call) == ("outside", "cru_pair", ["supervisor"])
    # No agreement: that ground's own police go, never the city's pair.
    place_call(desk.doing(), call.pk, ["county"])
    assert advised(shift, call) == ("outside", "patrol", ["supervisor"])
    # Nobody is known who would answer: that is said, and somebody is told.
    place_call(desk.doing(), call.pk, ["elsewhere"])
    assert advised(shift, call) == ("outside", "", ["supervisor"])
    place_call(desk.doing(), call.pk, ["la-crosse", "county"])
    assert advised(shift, call) == ("two", "cru_pair", ["supervisor"])


@pytest.fixture
def no_aid(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def read(raw: bytes) -> Program:
        whole = parse_program(raw)
        return replace(whole, jurisdictions=replace(whole.jurisdictions, aid=()))

    monkeypatch.setattr(directory_facts, "parse_program", read)
    monkeypatch.setattr(directory_facts, "_held", None)
    yield
    directory_facts._held = None


@pytest.mark.usefixtures("no_aid")
def test_without_the_agreement_the_pair_is_not_proposed_there(shift: dict[str, Persona]) -> None:
    """The control of the test above: the entry is what lets them go."""
    call = entered(shift["dispatcher"], jurisdictions=["onalaska"])
    assert advised(shift, call)[1] == "patrol"


def test_an_override_keeps_by_which_jurisdiction_it_was_advised(
    shift: dict[str, Persona],
) -> None:
    desk = shift["dispatcher"]
    call = entered(desk, jurisdictions=["county"])
    override_advice(desk.doing(), call.pk)
    assert AdviceGiven.objects.get(call_id=call.pk).jurisdiction == "outside"


def test_what_the_crisis_desk_lets_go_is_placed_by_the_place_alone_that_it_chose(
    cast: dict[str, Persona],
) -> None:
    worker = cast["crisis-worker"]
    facts = ContactFacts(place="417 Main St, Onalaska", person="Quetzalin")
    contact = crisis.open_contact(worker.doing(), uuid.uuid4(), channel="crisis_line", facts=facts)
    chosen = Chosen(authority="imminent_threat", words="a dog", threat="said tonight")
    share_contact(worker.doing(), contact.pk, uuid.uuid4(), chosen, pack=pack())
    assert kept(Call.objects.get()) == ([], "")


def test_the_desk_reads_the_jurisdiction_and_says_it(shift: dict[str, Persona]) -> None:
    browser = browser_of(shift["dispatcher"])
    call = entered(shift["dispatcher"])
    text = browser.get(f"/desk/?call={call.pk}").content.decode()
    assert "not known: nobody is kept back for it" in text
    told = {"jurisdiction": ["onalaska"], "act_id": str(uuid.uuid4())}
    answered = browser.post(f"/desk/{call.pk}/jurisdiction/", told)
    assert answered.status_code == 302
    text = browser.get(f"/desk/?call={call.pk}").content.decode()
    assert "City of Onalaska" in text
    assert "Onalaska Police patrols there." in text
    assert "(608) 555-0161" in text
    assert "LCPD may go under mutual aid" in text
    taken = browser.get(f"/intake/{call.pk}/").content.decode()
    assert "City of Onalaska" in taken
