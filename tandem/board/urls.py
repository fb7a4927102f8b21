"""Addresses of desks and responders."""

from django.urls import path

from tandem.board.views import (
    advice,
    advice_rules,
    cautions,
    desk,
    duty,
    hazards,
    intake,
    lanes,
    office,
    persons,
    responder,
    trail,
)

app_name = "board"
urlpatterns = [
    path("desk/", desk.desk, name="desk"),
    path("desk/fragments/", desk.fragments, name="desk_fragments"),
    path("desk/<uuid:call_id>/assign/", desk.assign, name="assign"),
    path("desk/<uuid:call_id>/status/", desk.status, name="status"),
    path("desk/<uuid:call_id>/note/", desk.note, name="note"),
    path("desk/<uuid:call_id>/close/", desk.close, name="close"),
    path("desk/<uuid:call_id>/reopen/", desk.reopen, name="reopen"),
    path("desk/<uuid:call_id>/hazard/", hazards.of_call, name="hazard"),
    path("intake/", intake.intake, name="intake"),
    path("intake/<uuid:call_id>/", intake.intake_call, name="intake_call"),
    path("intake/<uuid:call_id>/answers/", intake.intake_answers, name="intake_answers"),
    path("intake/<uuid:call_id>/callers/", intake.intake_add_caller, name="intake_add_caller"),
    path(
        "intake/<uuid:call_id>/callers/<uuid:caller_id>/",
        intake.intake_caller,
        name="intake_caller",
    ),
    path("intake/<uuid:call_id>/steps/", intake.intake_step, name="intake_step"),
    path("intake/<uuid:call_id>/link/", intake.intake_link, name="intake_link"),
    path("intake/<uuid:call_id>/close/", intake.intake_close, name="intake_close"),
    path("intake/<uuid:call_id>/transfer/", intake.transfer_ask, name="transfer_ask"),
    path(
        "intake/<uuid:call_id>/transfer/<uuid:transfer_id>/withdraw/",
        intake.transfer_withdraw,
        name="transfer_withdraw",
    ),
    path("desk/<uuid:call_id>/advice/answer/", advice.answer_next, name="advice_answer"),
    path("desk/<uuid:call_id>/advice/override/", advice.override, name="advice_override"),
    path("desk/<uuid:call_id>/advice/reason/", advice.reason, name="advice_reason"),
    path("cautions/", cautions.cautions, name="cautions"),
    path("cautions/drafts/<uuid:draft_id>/send/", cautions.send, name="caution_send"),
    path("cautions/<uuid:caution_id>/approve/", cautions.approve, name="caution_approve"),
    path("cautions/<uuid:caution_id>/end/", cautions.end, name="caution_end"),
    path("cautions/<uuid:caution_id>/check/", cautions.check, name="caution_check"),
    path("persons/", persons.persons, name="persons"),
    path("persons/<uuid:file_id>/", persons.person, name="person"),
    path("persons/<uuid:file_id>/fact/", persons.fact, name="person_fact"),
    path("encounters/<uuid:encounter_id>/identify/", persons.identify, name="identify"),
    path("stewards/", persons.stewards, name="stewards"),
    path("stewards/merge/", persons.merge, name="persons_merge"),
    path("stewards/apart/", persons.apart, name="persons_apart"),
    path("stewards/<uuid:pair_id>/unmerge/", persons.unmerge, name="persons_unmerge"),
    path("advice-rules/", advice_rules.advice_rules, name="advice_rules"),
    path("advice-rules/<uuid:rules_id>/", advice_rules.advice_force, name="advice_force"),
    path("audit/", trail.audit, name="audit"),
    path("feeds/", office.feeds, name="feeds"),
    path("feeds/<uuid:feed_id>/revoke/", office.feed_revoke, name="feed_revoke"),
    path("staff/", office.staff, name="staff"),
    path("staff/roles/", office.membership_give, name="membership_give"),
    path("staff/roles/<uuid:request_id>/confirm/", office.role_confirm, name="role_confirm"),
    path("staff/roles/<uuid:request_id>/refuse/", office.role_refuse, name="role_refuse"),
    path("staff/roles/<uuid:membership_id>/end/", office.membership_end, name="membership_end"),
    path("staff/<uuid:staff_id>/reset/", office.staff_reset, name="staff_reset"),
    path("staff/<uuid:staff_id>/shut/", office.staff_shut, name="staff_shut"),
    path("why/", office.why, name="why"),
    path("report/", office.report, name="report"),
    path("duty/", duty.duty, name="duty"),
    path("duty/on/", duty.sign_on, name="sign_on"),
    path("duty/off/", duty.sign_off, name="sign_off"),
    path("my-calls/", responder.my_calls, name="my_calls"),
    path("my-calls/list/", responder.my_calls_list, name="my_calls_list"),
    path("my-calls/step/<uuid:member_id>/", responder.step, name="step"),
    path("encounters/<uuid:encounter_id>/", responder.encounter, name="encounter"),
    path("encounters/<uuid:encounter_id>/hazard/", hazards.of_encounter, name="encounter_hazard"),
    path("encounters/<uuid:encounter_id>/spine/", responder.spine, name="spine"),
    path(
        "encounters/<uuid:encounter_id>/police/draft/", lanes.draft["police"], name="police_draft"
    ),
    path("encounters/<uuid:encounter_id>/police/sign/", lanes.sign["police"], name="police_sign"),
    path(
        "encounters/<uuid:encounter_id>/police/amend/", lanes.amend["police"], name="police_amend"
    ),
    path(
        "encounters/<uuid:encounter_id>/police/person/",
        lanes.person["police"],
        name="police_person",
    ),
    path("encounters/<uuid:encounter_id>/police/axis/", lanes.axis["police"], name="police_axis"),
    path(
        "encounters/<uuid:encounter_id>/crisis/draft/", lanes.draft["crisis"], name="crisis_draft"
    ),
    path("encounters/<uuid:encounter_id>/crisis/sign/", lanes.sign["crisis"], name="crisis_sign"),
    path(
        "encounters/<uuid:encounter_id>/crisis/amend/", lanes.amend["crisis"], name="crisis_amend"
    ),
    path(
        "encounters/<uuid:encounter_id>/crisis/person/",
        lanes.person["crisis"],
        name="crisis_person",
    ),
    path("encounters/<uuid:encounter_id>/crisis/axis/", lanes.axis["crisis"], name="crisis_axis"),
]
