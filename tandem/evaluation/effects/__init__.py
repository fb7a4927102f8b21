"""Effects one can believe: a locked protocol, its method, and the design beside the number.

Start with `protocol.read_protocol`, `data.load_study` and `run.run_study`;
docs/reference/protocols.md has the format. Plain Python; the libraries of the lock `evaluation` are
imported where they are used.
"""
