"""The county changes a form: old records keep their words, new ones take the new ones."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

import pytest

from tandem.charting import services
from tandem.charting.definitions import form_in_force, url_of
from tandem.charting.models import FilledVersion, FormDraft, FormInForce
from tandem.charting.reading import read_form
from tandem.forms import editing
from tandem.forms.definition import Definition
from tandem.forms.shipped import shipped_form
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tandem.storage.standing import opened, standing_as
from tests.charting.test_fill_in import send_pair_again
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
PLAN = url_of("response-plan")
TYPED = {"a-aims": ["calm"], "a-services": ["sister stays"]}
rename = partial(editing.rename, link_id="aims", text="What we want", text_es="Qué queremos")
ask_ride = partial(editing.add, kind="boolean", text="Ride home found?", required=True)


@pytest.fixture
def supervisor(cast: dict[str, Persona]) -> Persona:
    return cast["crisis-supervisor"]


@pytest.fixture
def encounter_id(cast: dict[str, Persona]) -> uuid.UUID:
    return send_pair(cast).encounter_id


def _in_force(of: Persona) -> Definition:
    with standing_as(of.standing), opened():
        return form_in_force(of.standing, PLAN, NOON)


def test_a_changed_form_keeps_old_records_readable_and_makes_new_ones_valid(
    supervisor: Persona,
    worker: Persona,
    encounter_id: uuid.UUID,
    trail: Callable[[], list[str]],
) -> None:
    services.sign_form(worker.doing(), encounter_id, PLAN, TYPED, {})
    services.change_form(supervisor.doing(), PLAN, rename)
    services.change_form(supervisor.doing(), PLAN, ask_ride)
    assert _in_force(worker) == shipped_form("response-plan")  # a draft is nobody's form yet
    forced = services.put_form_in_force(supervisor.doing(), PLAN)
    assert trail()[-1] == "form.put_in_force"
    assert (forced.version, forced.forced_by_name) == ("1.1", supervisor.short_name)
    assert _in_force(worker).items[0].text == "What we want"

    again = send_pair_again(worker, encounter_id)
    new = {**TYPED, "a-ride_home_found": ["true"]}
    services.sign_form(worker.doing(), again, PLAN, new, {})
    services.amend_form(worker.doing(), encounter_id, PLAN, new, "typo")
    with standing_as(worker.standing), opened():
        old_record = read_form(worker.standing, encounter_id, PLAN, at=NOON)
        new_record = read_form(worker.standing, again, PLAN, at=NOON)
    assert [one.definition.version for one in old_record.versions] == ["1.0", "1.0"]
    assert old_record.versions[0].definition == shipped_form("response-plan")
    assert "ride_home_found" not in old_record.versions[1].answers  # not a question of its version
    assert new_record.versions[0].answers["ride_home_found"].values == (True,)
    assert sorted(FilledVersion.objects.values_list("form_version", flat=True)) == [
        "1.0",
        "1.0",
        "1.1",
    ]


def test_a_hostile_change_is_refused_with_a_sentence_and_changes_nothing(
    supervisor: Persona, trail: Callable[[], list[str]]
) -> None:
    bad = partial(editing.rename, link_id="aims", text="<script>x</script>", text_es="")
    with pytest.raises(BadInput, match="holds markup; labels are plain words"):
        services.change_form(supervisor.doing(), PLAN, bad)
    assert trail()[-1] == "form.changed.refused"
    assert not FormDraft.objects.exists()
    with pytest.raises(OutOfState, match="Nothing of this form was changed"):
        services.put_form_in_force(supervisor.doing(), PLAN)


def test_a_dropped_draft_leaves_the_form_as_it_was(supervisor: Persona) -> None:
    services.change_form(supervisor.doing(), PLAN, rename)
    services.drop_form_draft(supervisor.doing(), PLAN)
    services.change_form(supervisor.doing(), PLAN, ask_ride)
    services.put_form_in_force(supervisor.doing(), PLAN)
    form = _in_force(supervisor)
    assert form.items[0].text == shipped_form("response-plan").items[0].text
    assert form.items[-1].link_id == "ride_home_found"


def test_nobody_but_the_supervisor_changes_a_form_and_no_instrument_is_changed(
    cast: dict[str, Persona], supervisor: Persona
) -> None:
    for persona in ("crisis-worker", "administrator", "cru-officer", "county-custodian"):
        with pytest.raises(NotPermitted):
            services.change_form(cast[persona].doing(), PLAN, rename)
        with pytest.raises(NotPermitted):
            services.put_form_in_force(cast[persona].doing(), PLAN)
    with pytest.raises(NotFound):
        services.change_form(supervisor.doing(), url_of("phq-9"), rename)
    services.change_form(supervisor.doing(), PLAN, rename)
    with eyes_of(cast["crisis-worker"].standing) as cursor:
        cursor.execute("SELECT count(*) FROM charting_formdraft")
        assert cursor.fetchone() == (0,)
    assert not FormInForce.objects.exists()


def test_the_page_changes_adds_refuses_and_puts_in_force(supervisor: Persona) -> None:
    browser = browser_of(supervisor)
    address = "/forms/response-plan/"
    page = browser.get("/forms/")
    assert "as shipped" in page.content.decode()
    change = {"what": "rename", "item": "aims", "text": "Aims of tonight", "text_es": "Metas"}
    assert browser.post(address + "change/", change).status_code == 302
    added = {"what": "add", "kind": "choice", "text": "Ride?", "answers": "Yes | Sí\nNo | No"}
    assert browser.post(address + "change/", added).status_code == 302
    refused = browser.post(address + "change/", {**added, "answers": "", "text": "Second ride"})
    assert refused.status_code == 409
    text = refused.content.decode()
    assert "needs 1 to 100 answers" in text
    assert 'value="Second ride"' in text  # nothing typed is lost
    assert "Aims of tonight" in text
    assert browser.post(address + "force/").status_code == 302
    text = browser.get("/forms/").content.decode()
    assert "1.1" in text
    assert supervisor.short_name in text
