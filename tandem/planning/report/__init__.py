"""`tandem plan report`: any result of `tandem plan` as a page and a tagged PDF.

Every picture has a twin: a table with the same numbers.
"""
