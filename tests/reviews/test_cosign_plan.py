"""A signed response plan waits for another professional, due on the fifth working day."""

from __future__ import annotations

import uuid

import pytest
from django.db import DatabaseError

from tandem.charting import services
from tandem.charting.models import FilledForm
from tandem.kernel.refusals import NotFound, NotPermitted, OutOfState
from tandem.reviews.models import CoSignature
from tandem.reviews.services import cosign_plan
from tests.charting.test_fill_in import PLAN, TYPED
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


@pytest.fixture
def plan(cast: dict[str, Persona], worker: Persona) -> FilledForm:
    """A plan that a crisis worker signed on Wednesday, July 1, 2026."""
    encounter_id = send_pair(cast).encounter_id
    services.sign_form(worker.doing(at=NOON), encounter_id, PLAN, TYPED, {})
    return FilledForm.objects.get(form=PLAN)


def test_it_waits_until_a_supervisor_read_and_co_signed_it(
    plan: FilledForm, cast: dict[str, Persona]
) -> None:
    supervisor = browser_of(cast["crisis-supervisor"])
    queue = supervisor.get("/reviews/").content.decode()
    # July 3, 2026 is a Friday and no legal holiday of Wisconsin; July 4 is a Saturday.
    assert "Wed, Jul 8" in queue
    page = supervisor.get(f"/reviews/plans/{plan.pk}/").content.decode()
    assert "Co-sign: medically necessary" in page
    supervisor.post(f"/reviews/plans/{plan.pk}/")
    row = CoSignature.objects.get()
    assert (row.filled_id, row.by_id) == (plan.pk, cast["crisis-supervisor"].staff_id)
    assert row.due_on.isoformat() == "2026-07-08"
    assert "No plan waits." in supervisor.get("/reviews/").content.decode()
    with pytest.raises(OutOfState):
        cosign_plan(cast["crisis-supervisor"].doing(), plan.pk, row.due_on)


def test_only_a_supervisor_co_signs_and_only_what_was_signed(
    plan: FilledForm, cast: dict[str, Persona]
) -> None:
    due = NOON.date()
    for persona in ("crisis-worker", "cru-officer", "sergeant", "dispatcher"):
        with pytest.raises(NotPermitted):
            cosign_plan(cast[persona].doing(), plan.pk, due)
    with pytest.raises(NotFound):
        cosign_plan(cast["crisis-supervisor"].doing(), uuid.uuid4(), due)
    for persona in ("cru-officer", "sergeant", "dispatcher", "police-custodian"):
        with pytest.raises(DatabaseError), eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM reviews_cosignature")
    assert browser_of(cast["sergeant"]).get(f"/reviews/plans/{plan.pk}/").status_code == 403
