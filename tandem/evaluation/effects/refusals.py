"""Why a study cannot be run on what it was given: one sentence each, never a trace."""


class StudyRefused(Exception):
    """The protocol, the file or the map cannot be used as they are; nothing was written."""
