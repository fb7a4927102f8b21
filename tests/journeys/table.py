"""Every address that the product answers, who may open it, and what kind of answer it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

ROLES = ("TC", "PO", "CRU", "MCW", "SUP", "RF", "CP", "AN", "CH", "TR", "PRVP", "PRVC", "IT")
RESPONDERS = ("PO", "CRU", "MCW")
# One of the cast for each people-role; the responders were sent to the one encounter.
PLAYED_BY = {
    "TC": "dispatcher",
    "PO": "patrol-officer",
    "CRU": "cru-officer",
    "MCW": "crisis-worker",
    "SUP": "crisis-supervisor",
    "RF": "facility-nurse",
    "CP": "provider",
    "AN": "analyst",
    "CH": "chief",
    "TR": "trainer",
    "PRVP": "police-custodian",
    "PRVC": "county-custodian",
    "IT": "administrator",
}


@dataclass(frozen=True)
class Opens:
    """A named address that is opened by GET."""

    path: str
    roles: tuple[str, ...]
    page: bool = True  # not a fragment and not a document for programs


# A new address has to be entered here or in POST_ONLY: a test walks the product's own list.
GET = {
    "board:desk": Opens("/desk/?call={call}", ("TC",)),
    "board:desk_fragments": Opens("/desk/fragments/", ("TC",), page=False),
    "board:desk_presence": Opens("/desk/presence/", ("TC",)),
    "board:crisis_presence": Opens("/crisis/presence/", ("MCW", "SUP")),
    "board:differences": Opens("/desk/differences/", ("TC",)),
    "board:intake": Opens("/intake/", ("TC",)),
    "board:intake_call": Opens("/intake/{call}/", ("TC",)),
    "board:intake_caller": Opens("/intake/{call}/callers/{caller}/", ("TC",)),
    "board:cautions": Opens("/cautions/", ("TC", "PO", "CRU")),
    "board:persons": Opens("/persons/", (*RESPONDERS, "SUP")),
    "board:stewards": Opens("/stewards/", ("PRVP", "PRVC")),
    "board:emergencies": Opens("/emergencies/", ("TC", "SUP")),
    "board:skills": Opens("/skills/", ("TR",)),
    "board:advice_rules": Opens("/advice-rules/", ("TC", "IT")),
    "board:crisis": Opens("/crisis/", ("MCW", "SUP")),
    "board:crisis_fragments": Opens("/crisis/lists/", ("MCW", "SUP"), page=False),
    "board:contact_new": Opens("/crisis/new/", ("MCW", "SUP")),
    "board:contact": Opens("/crisis/{contact}/", ("MCW", "SUP")),
    "board:print_dispatch": Opens("/desk/print/", ("TC",)),
    "board:print_crisis": Opens("/crisis/print/", ("MCW", "SUP")),
    "board:map": Opens("/panes/map/", ("TC", "MCW", "SUP"), page=False),
    "board:map_ground": Opens("/panes/map/ground/", ("TC", "MCW", "SUP"), page=False),
    "board:map_tile": Opens("/panes/map/tiles/0/0/0.mvt", ("TC", "MCW", "SUP"), page=False),
    "board:lately": Opens("/panes/lately/", ("TC", "MCW", "SUP"), page=False),
    "board:wall": Opens("/wall/", ("TC",)),
    "board:wall_list": Opens("/wall/list/", ("TC",), page=False),
    "board:alarm": Opens("/alarm/", ("TC", "MCW", "SUP"), page=False),
    "board:sos": Opens("/emergency/mine/", RESPONDERS, page=False),
    "board:form": Opens("/encounters/{encounter}/forms/phq-9/", ("MCW",)),
    "board:reviews": Opens("/reviews/", ("CRU", "SUP")),
    "board:forms": Opens("/forms/", ("SUP",)),
    "board:form_edit": Opens("/forms/response-plan/", ("SUP",)),
    "board:alerts": Opens("/alerts/", ("SUP",)),
    "board:alerts_list": Opens("/alerts/list/", ("SUP",), page=False),
    "board:alert": Opens("/alerts/{alert}/", ("SUP",)),
    "board:audit": Opens("/audit/?act=duty.signed_on", ("PRVP", "PRVC")),
    "board:feeds": Opens("/feeds/", ("IT",)),
    "board:maps": Opens("/maps/", ("IT",)),
    "board:staff": Opens("/staff/", ("IT",)),
    "board:why": Opens("/why/", ROLES),
    "board:report": Opens("/report/", (*RESPONDERS, "SUP", "PRVP", "PRVC")),
    "board:report_joint": Opens("/report/joint/", ("AN", "CH")),
    "board:report_joint_print": Opens("/report/joint/print/", ("AN", "CH")),
    "board:report_print": Opens("/report/print/", (*RESPONDERS, "SUP", "PRVP", "PRVC")),
    "board:duty": Opens("/duty/", RESPONDERS),
    "board:my_calls": Opens("/my-calls/", RESPONDERS),
    "board:on_view": Opens("/my-calls/on-view/", ("PO", "CRU")),
    "board:my_calls_list": Opens("/my-calls/list/", RESPONDERS, page=False),
    "board:encounter": Opens("/encounters/{encounter}/", RESPONDERS),
    "board:spine": Opens("/encounters/{encounter}/spine/", RESPONDERS, page=False),
    "board:custody": Opens("/encounters/{encounter}/custody/", ("PO", "CRU")),
    "board:closing": Opens("/encounters/{encounter}/closing/", RESPONDERS),
}
# Of a record that each side has its own of: the path by people-role, nothing there for the others.
PER_SIDE = {
    "board:plan": {"SUP": "/reviews/plans/{plan}/"},
    "board:review": {"CRU": "/reviews/{police_review}/", "SUP": "/reviews/{crisis_review}/"},
    "board:person": {
        "PO": "/persons/{police_file}/",
        "CRU": "/persons/{police_file}/",
        "MCW": "/persons/{crisis_file}/",
        "SUP": "/persons/{crisis_file}/",
    },
    "board:timeline": {
        "PO": "/persons/{police_file}/timeline/",
        "CRU": "/persons/{police_file}/timeline/",
        "MCW": "/persons/{crisis_file}/timeline/",
        "SUP": "/persons/{crisis_file}/timeline/",
    },
}
# Open to everybody; the three after sign-in are looked at half-way through it.
PUBLIC = {
    "identity:home": "/",
    "identity:sign_in": "/sign-in/",
    "identity:code": "/sign-in/code/",
    "identity:enroll": "/sign-in/enroll/",
    "identity:agency": "/sign-in/agency/",
}
# For programs: a token or a description, no page.
PROGRAMS = {
    "openapi": "/api/v1/openapi.json",
    "api:openapi-json": "/api/v1/openapi.json",
    "api:api-root": "/api/v1/",
    "api:post_events": "/api/v1/cad/events",
    "api:get_events": "/api/v1/cad/events",
}
POST_ONLY = {
    "board:view": "/panes/",
    "board:printed": "/printed/",
    "board:assign": "/desk/{call}/assign/",
    "board:status": "/desk/{call}/status/",
    "board:note": "/desk/{call}/note/",
    "board:caution_send": "/cautions/drafts/{other}/send/",
    "board:caution_approve": "/cautions/{other}/approve/",
    "board:caution_end": "/cautions/{other}/end/",
    "board:caution_check": "/cautions/{other}/check/",
    "board:form_save": "/encounters/{encounter}/forms/phq-9/save/",
    "board:form_sign": "/encounters/{encounter}/forms/phq-9/sign/",
    "board:form_amend": "/encounters/{encounter}/forms/phq-9/amend/",
    "board:form_change": "/forms/response-plan/change/",
    "board:form_drop": "/forms/response-plan/drop/",
    "board:form_force": "/forms/response-plan/force/",
    "board:alert_seen": "/alerts/{other}/seen/",
    "board:person_fact": "/persons/{other}/fact/",
    "board:identify": "/encounters/{encounter}/identify/",
    "board:persons_merge": "/stewards/merge/",
    "board:persons_apart": "/stewards/apart/",
    "board:persons_unmerge": "/stewards/{other}/unmerge/",
    "board:hazard": "/desk/{call}/hazard/",
    "board:ask": "/desk/{call}/ask/",
    "board:unask": "/desk/{call}/unask/",
    "board:request_accept": "/crisis/asked/{other}/accept/",
    "board:request_decline": "/crisis/asked/{other}/decline/",
    "board:request_counter": "/crisis/asked/{other}/counter/",
    "board:emergency": "/emergency/",
    "board:prealert_seen": "/my-calls/told/{other}/",
    "board:change_seen": "/changes/{other}/seen/",
    "board:visit_start": "/visits/",
    "board:visit_heard": "/visits/{other}/ok/",
    "board:visit_ended": "/visits/{other}/over/",
    "board:check_ok": "/checks/{other}/ok/",
    "board:call_ok": "/desk/{call}/ok/",
    "board:overdue_seen": "/overdue/{other}/seen/",
    "board:emergency_seen": "/emergency/{other}/acknowledge/",
    "board:emergency_end": "/emergency/{other}/end/",
    "board:close": "/desk/{call}/close/",
    "board:close_numbered": "/desk/close/",
    "board:reopen": "/desk/{call}/reopen/",
    "board:advice_answer": "/desk/{call}/advice/answer/",
    "board:advice_override": "/desk/{call}/advice/override/",
    "board:advice_told": "/desk/{call}/advice/told/",
    "board:place_call": "/desk/{call}/jurisdiction/",
    "board:interpreter": "/desk/{call}/interpreter/",
    "board:encounter_interpreter": "/encounters/{encounter}/interpreter/",
    "board:advice_reason": "/desk/{call}/advice/reason/",
    "board:advice_force": "/advice-rules/{other}/",
    "board:encounter_hazard": "/encounters/{encounter}/hazard/",
    "board:relocate": "/intake/{call}/place/",
    "board:intake_answers": "/intake/{call}/answers/",
    "board:intake_add_caller": "/intake/{call}/callers/",
    "board:intake_step": "/intake/{call}/steps/",
    "board:intake_link": "/intake/{call}/link/",
    "board:page_seen": "/told/{other}/seen/",
    "board:unsent": "/unsent/{police_file}/alias/",
    "board:unsent_drop": "/unsent/{police_file}/alias/drop/",
    "board:typed": "/encounters/{encounter}/typed/person/",
    "board:typed_drop": "/encounters/{encounter}/typed/person/drop/",
    "board:intake_close": "/intake/{call}/close/",
    "board:transfer_ask": "/intake/{call}/transfer/",
    "board:transfer_withdraw": "/intake/{call}/transfer/{other}/withdraw/",
    "board:contact_facts": "/crisis/{contact}/facts/",
    "board:contact_person": "/crisis/{contact}/person/",
    "board:contact_way": "/crisis/{contact}/way/",
    "board:contact_answers": "/crisis/{contact}/answers/",
    "board:contact_step": "/crisis/{contact}/steps/",
    "board:contact_override": "/crisis/{contact}/override/",
    "board:contact_reason": "/crisis/{contact}/reason/",
    "board:contact_hand": "/crisis/{contact}/hand/",
    "board:contact_close": "/crisis/{contact}/close/",
    "board:contact_share": "/crisis/{contact}/share/",
    "board:transfer_take": "/crisis/callers/{other}/take/",
    "board:feed_mode": "/feeds/{other}/mode/",
    "board:feed_revoke": "/feeds/{other}/revoke/",
    "board:membership_give": "/staff/roles/",
    "board:membership_end": "/staff/roles/{other}/end/",
    "board:role_confirm": "/staff/roles/{other}/confirm/",
    "board:role_refuse": "/staff/roles/{other}/refuse/",
    "board:staff_reset": "/staff/{other}/reset/",
    "board:staff_shut": "/staff/{other}/shut/",
    "board:sign_on": "/duty/on/",
    "board:sign_off": "/duty/off/",
    "board:step": "/my-calls/step/{other}/",
    "board:ask_from_scene": "/encounters/{encounter}/ask-crisis/",
    "board:skill_end": "/skills/{other}/end/",
    "board:phone_subscribe": "/duty/phone/",
    "board:phone_end": "/duty/phone/end/",
    "board:phone_number": "/duty/number/",
    "board:staff_number": "/staff/{other}/number/",
    "board:scene": "/my-calls/scene/{other}/",
    "board:scene_undo": "/scene/{other}/undo/",
    **{
        f"board:{lane}_{act}": f"/encounters/{{encounter}}/{lane}/{act}/"
        for lane in ("police", "crisis")
        for act in ("draft", "choose", "sign", "amend", "person", "axis")
    },
    "board:unassign": "/desk/{call}/assign/{other}/undo/",
    "board:status_undo": "/desk/{call}/status/undo/",
    "board:worker_status": "/crisis/workers/status/",
    "board:worker_status_undo": "/crisis/workers/status/undo/",
    "board:request_undo": "/crisis/asked/{other}/undo/",
    "board:police_tap": "/encounters/{encounter}/police/tap/",
    "board:police_refusal": "/encounters/{encounter}/police/refusal/",
    "board:crisis_refusal": "/encounters/{encounter}/crisis/refusal/",
    "board:crisis_told": "/encounters/{encounter}/crisis/told/",
    "board:custody_note": "/encounters/{encounter}/custody/note/",
    "board:custody_relief": "/encounters/{encounter}/custody/relief/",
    "board:custody_take_back": "/encounters/{encounter}/custody/{other}/wrong/",
    "identity:sign_out": "/sign-out/",
    "identity:preferences": "/preferences/",
}


def names() -> Iterator[str]:
    """Every address of the product by its name, or by its words where it has none."""
    yield from _names(get_resolver().url_patterns, "")


def _names(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _names(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name or pattern.pattern}"
