"""Learns a score from an agency's own closed calls, judges it, and puts it in force by a person.

`judge.evaluate` judges, `fit.train` learns (the only part that needs scikit-learn), `card` says
what was learned from what, `force` keeps who accepted which model.
"""
