"""Forms and instruments of the clinical record, as pages show them."""

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment, Option


@dataclass
class FormRow:
    """A form among those of an encounter."""

    title: str
    url: str
    state: str  # new | draft | signed
    answered: int = 0
    asked: int = 0
    signed_at: Moment | None = None
    instrument: bool = False


@dataclass
class FormItem:
    """One line of a form, with what was typed so far."""

    key: str
    kind: str
    label: str
    level: int
    required: bool = False
    many: bool = False
    options: list[Option] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    absent: str = ""
    unit: str = ""
    most: int | None = None
    prefilled: bool = False
    asked: bool = True
    error: str = ""
    when: str = ""  # the conditions, for the script that follows them while one types


@dataclass
class SignedLine:
    """One answer of a signed version."""

    label: str
    answer: str
    critical: bool = False


@dataclass
class SignedForm:
    """The answers as they were signed, or as an amendment changed them."""

    number: int
    version: str
    at: Moment
    reason: str
    lines: list[SignedLine]
    missing: list[str] = field(default_factory=list)


@dataclass
class ResultLine:
    """One result of an instrument."""

    day: str
    at: Moment
    by: str
    level: str
    may_be: str
    score: int | None
    score_may_be: int | None
    open: int
    critical: bool
    direction: str


@dataclass
class FormPage:
    """One form on one encounter."""

    number: str
    place: str
    title: str
    code: str
    version: str
    state: str
    back_url: str
    items: list[FormItem]
    save_url: str = ""
    sign_url: str = ""
    amend_url: str = ""
    sequence: int = 0
    writer: str = ""  # this open page; nobody's name
    base_writer: str = ""  # the page that saved what is shown
    saved_at: Moment | None = None
    signed: list[SignedForm] = field(default_factory=list)
    results: list[ResultLine] = field(default_factory=list)
    instrument: bool = False
    readable: bool = True


@dataclass
class AlertLine:
    """A critical answer, for the supervisor."""

    key: str
    number: str
    by: str
    at: Moment
    url: str
    seen_by: str = ""
    seen_at: Moment | None = None


@dataclass
class AlertPage:
    """One critical answer opened, with the form it stands in."""

    line: AlertLine
    title: str
    signed: SignedForm
    results: list[Any]  # ResultLine
    seen_url: str
    back_url: str


@dataclass
class FormLine:
    """A form of the record among those that the county may change."""

    title: str
    url: str
    version: str
    questions: int
    forced_by: str = ""
    forced_on: str = ""
    changing: str = ""  # who changed the draft last


@dataclass
class EditedItem:
    """One line of a form that is being changed."""

    key: str
    kind: str
    text: str
    text_es: str
    level: int
    required: bool
    asks: bool
    retired: bool
    conditional: bool
    answers: str = ""


@dataclass
class FormEdit:
    """A form being changed: its lines, what differs, how it will look."""

    title: str
    version: str
    url: str
    change_url: str
    drop_url: str
    force_url: str
    back_url: str
    is_draft: bool
    items: list[EditedItem]
    preview: list[FormItem]
    groups: list[Option]
    changes: list[Any]  # (what, words)
    history: list[FormLine]
    changed_by: str = ""
    typed: dict[str, str] = field(default_factory=dict)
