"""Repeat contacts: how fast, how many, which first, and what regression to the mean explains."""

from tandem.evaluation.repeat.competing import cause_specific, fine_gray, incidence
from tandem.evaluation.repeat.counts import mean_count
from tandem.evaluation.repeat.cox import fit_cox, make_rows
from tandem.evaluation.repeat.persons import Person
from tandem.evaluation.repeat.recurrent import KINDS, fit_recurrent
from tandem.evaluation.repeat.sentences import SENTENCES, RepeatError

__all__ = [
    "KINDS",
    "SENTENCES",
    "Person",
    "RepeatError",
    "cause_specific",
    "fine_gray",
    "fit_cox",
    "fit_recurrent",
    "incidence",
    "make_rows",
    "mean_count",
]
