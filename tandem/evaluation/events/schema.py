"""The one declaration of the event model: tables, columns, what each holds and what it may be.

Readers, writers, the data dictionary and the measures all follow this declaration. Persons appear
as pseudonyms only; there is no column for a name, a birth date, an address or free text.
"""

from dataclasses import dataclass

VERSION = "1"
YES_NO = ("yes", "no", "unknown")
KINDS = {
    "text": "string",
    "code": "string",
    "time": "dateTime",
    "date": "date",
    "whole": "integer",
    "number": "double",
}


@dataclass(frozen=True)
class Column:
    """One column: its kind, what it says, and the closed list it draws from, if there is one.

    `open_list` means that `values` are the usual words and others are allowed (a site's own).
    `least` and `most` bound a number; a number that is bounded is finite.
    """

    name: str
    kind: str
    says: str
    needed: bool = False
    values: tuple[str, ...] = ()
    open_list: bool = False
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True)
class Table:
    """One table: its key, and how it hangs on the others (column -> table)."""

    name: str
    says: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    parents: tuple[tuple[str, str], ...] = ()

    def column(self, name: str) -> Column | None:
        """The column of that name, if the table has it."""
        return next((column for column in self.columns if column.name == name), None)


_WHEN = (
    Column("local_date", "date", "The date on the program's clock.", needed=True),
    Column(
        "local_weekday",
        "whole",
        "1 Monday to 7 Sunday, on the program's clock.",
        least=1,
        most=7,
    ),
    Column("local_minute", "whole", "Minutes after local midnight, 0 to 1439.", least=0, most=1439),
)
_STRATA = tuple(
    Column(name, "code", says, open_list=True)
    for name, says in (
        ("race_ethnicity", "As the person says it."),
        ("age_band", "Five bands or more; never an age."),
        ("gender", "As the person says it."),
        ("language", "The language of the conversation."),
        ("disability", "Any disability that the person or a caretaker told."),
        ("veteran", "Whether the person served."),
        ("neighborhood", "An area of the program's own making; never an address."),
    )
)

CALLS = Table(
    "calls",
    "Calls for service, whatever they were about.",
    ("call_id",),
    (
        Column("call_id", "text", "The call's key.", needed=True),
        Column("county", "code", "The program the call fell to.", needed=True, open_list=True),
        Column("received_at", "time", "When the call came in.", needed=True),
        *_WHEN,
        Column("bh_at_call", "code", "Behavioral health by the call-taker's word.", False, YES_NO),
        Column("bh_at_close", "code", "Behavioral health by how it closed.", False, YES_NO),
        Column("requested", "code", "Someone asked for a co-response.", False, YES_NO),
        Column(
            "request_outcome",
            "code",
            "What became of the request.",
            values=("fulfilled", "off_hours", "busy", "declined", "cancelled", "unknown"),
        ),
    ),
)

ENCOUNTERS = Table(
    "encounters",
    "One response episode each; a reopened one stays one, a split team stays one.",
    ("encounter_id",),
    (
        Column("encounter_id", "text", "The encounter's key.", needed=True),
        Column("call_id", "text", "The call it answers; blank where there was none."),
        Column("county", "code", "The program it belongs to.", needed=True, open_list=True),
        Column("opened_at", "time", "First arrival or first remote contact.", needed=True),
        Column("closed_at", "time", "When the record was closed."),
        *_WHEN,
        Column(
            "mode",
            "code",
            "How the response was made.",
            values=(
                "ride_along",
                "meet_up",
                "secondary_request",
                "phone_consult",
                "telehealth_tablet",
                "mobile_crisis_only",
                "follow_up_proactive",
                "patrol_only_with_referral",
                "patrol_only",
                "unknown",
            ),
        ),
        Column("behavioral_health", "code", "A behavioral health encounter.", False, YES_NO),
        Column("person_id", "text", "The person's pseudonym; blank where nobody was resolved."),
        Column("juvenile", "code", "The person is under 18.", False, YES_NO),
        Column(
            "arrestable", "code", "An offense allowed an arrest (set before use).", False, YES_NO
        ),
        Column("need", "code", "The clinician saw a need for services.", False, YES_NO),
        Column("followup_indicated", "code", "A follow-up contact was indicated.", False, YES_NO),
        Column(
            "would_have_gone",
            "code",
            "Without the team the person would have gone to an emergency department.",
            values=YES_NO,
        ),
        Column("would_have_gone_at", "time", "When that judgment was recorded."),
        *_STRATA,
    ),
    (("call_id", "calls"),),
)

STEPS = Table(
    "steps",
    "Members' times: each member of a response, each step, each time it was taken.",
    (),
    (
        Column("encounter_id", "text", "The encounter.", needed=True),
        Column("member_id", "text", "The member's pseudonym.", needed=True),
        Column("side", "code", "The employer.", True, ("police", "county", "other")),
        Column(
            "discipline", "code", "What the member is.", True, ("officer", "clinician", "other")
        ),
        Column("cit", "code", "Certified in crisis intervention and current.", False, YES_NO),
        Column("opening", "whole", "1; 2 and on after the encounter was opened again.", least=1),
        Column(
            "step",
            "code",
            "What the member did.",
            True,
            (
                "assigned",
                "en_route",
                "staged",
                "remote_support",
                "on_scene",
                "with_person",
                "withdrawn",
                "vetoed",
                "cleared",
                "cancelled",
                "reassigned",
            ),
        ),
        Column("at", "time", "When; blank where the step is known and its time is not."),
    ),
    (("encounter_id", "encounters"),),
)

AXES = Table(
    "axes",
    "Disposition values, one row each; an axis without a row was not recorded.",
    (),
    (
        Column("encounter_id", "text", "The encounter.", needed=True),
        Column(
            "axis",
            "code",
            "Which question of the disposition.",
            True,
            (
                "contact",
                "clinical",
                "legal_status",
                "destination",
                "transport",
                "enforcement",
                "follow_up",
                "adverse",
            ),
        ),
        Column("value", "code", "The answer; `unknown` is an answer.", True, open_list=True),
        Column("side", "code", "Whose record says so.", False, ("police", "county", "other")),
        Column("at", "time", "When it was recorded."),
    ),
    (("encounter_id", "encounters"),),
)

EVENTS = Table(
    "events",
    "Everything else that happens once or is due once: referrals, follow-ups, surveys, notes.",
    ("event_id",),
    (
        Column("event_id", "text", "The event's key.", needed=True),
        Column(
            "kind",
            "code",
            "What it is.",
            True,
            (
                "referral",
                "followup",
                "survey",
                "survey_answer",
                "staff_event",
                "staff_month",
                "supervision",
                "shift",
                "consent",
                "ask_crisis",
                "break_glass",
                "note",
                "transport",
                "transfer_988",
                "later",
                "serious_event",
            ),
            open_list=True,
        ),
        Column("item", "code", "Which one of its kind.", open_list=True),
        Column("county", "code", "The program.", needed=True, open_list=True),
        Column("encounter_id", "text", "The encounter it follows; may be blank."),
        Column("person_id", "text", "The person's pseudonym; may be blank."),
        Column("staff_id", "text", "The staff member's pseudonym; may be blank."),
        Column("side", "code", "Whose record says so.", False, ("police", "county", "other")),
        Column("at", "time", "When it began, was offered or asked."),
        Column("ended_at", "time", "When it was kept, answered, finished, revoked or reviewed."),
        Column("due_at", "time", "When it was due."),
        *_WHEN,
        Column("result", "code", "What came of it.", open_list=True),
        Column("done", "code", "Kept, returned, met, current, upheld.", False, YES_NO),
        Column("amount", "number", "Hours, or the share of a month that was worked.", least=0),
    ),
    (("encounter_id", "encounters"),),
)

LINKS = Table(
    "links",
    "Which pseudonyms are one person: merged from a time on, until unmerged.",
    (),
    (
        Column("person_id", "text", "The pseudonym that is another's.", needed=True),
        Column("same_as", "text", "The pseudonym that stands for both.", needed=True),
        Column("from_at", "time", "When they were merged.", needed=True),
        Column("until_at", "time", "When they were unmerged; blank while it holds."),
    ),
)

FACTS = Table(
    "facts",
    "The program's facts with effective dates: staffed hours, definitions, authorities, costs.",
    (),
    (
        Column("county", "code", "The program; `*` for all.", needed=True, open_list=True),
        Column(
            "fact",
            "code",
            "`hours`: staffed (one row for each weekday). `definition`: `item` changed its meaning"
            " on this date. `authority`: sides may be linked for the measure in `item`, or `*`."
            " `cost_low`, `cost`, `cost_high`: dollars for one `item`. `not_recorded`: the source"
            " cannot say the word in `item`.",
            True,
            ("hours", "definition", "authority", "cost_low", "cost", "cost_high", "not_recorded"),
        ),
        Column("item", "code", "What the fact is about.", open_list=True),
        Column("weekday", "whole", "1 Monday to 7 Sunday (hours).", least=1, most=7),
        Column(
            "start_minute",
            "whole",
            "First staffed minute of that day, 0 to 1440 (hours).",
            least=0,
            most=1440,
        ),
        Column(
            "end_minute",
            "whole",
            "First minute no longer staffed; past midnight: two rows.",
            least=0,
            most=1440,
        ),
        Column("amount", "number", "Dollars (costs).", least=0),
        Column("from_date", "date", "The first local date on which it holds.", needed=True),
        Column("until_date", "date", "The last; blank while it holds."),
        Column("source", "text", "Where the fact is written down."),
    ),
)

TABLES = {table.name: table for table in (CALLS, ENCOUNTERS, STEPS, AXES, EVENTS, LINKS, FACTS)}
STRATA = ("county", "juvenile", *(column.name for column in _STRATA))
