"""The one port of an installation: taken by the supervisor, or by a front that runs alone."""

import os
import socket

from tandem.kernel.instance import InstanceError
from tandem.kernel.numbers import counted

DEFAULT_PORT = 8600
HIGHEST_PORT = 65535
BACKLOG = 1024


def wanted_port() -> int:
    """The port that the operator asked for; 0 for any free one. Raises InstanceError."""
    told = os.environ.get("TANDEM_PORT") or str(DEFAULT_PORT)
    port = counted(told, most=HIGHEST_PORT)
    if port is None:
        raise InstanceError("TANDEM_PORT must be a number from 0 (any free one) to 65535.")
    return port


def listening_socket(host: str, port: int) -> socket.socket:
    """The socket that the supervisor keeps, so that a restarted front refuses nobody."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener
