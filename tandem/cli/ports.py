"""The one port of an installation: taken by the supervisor, or by a front that runs alone."""

import socket

DEFAULT_PORT = 8600
HIGHEST_PORT = 65535
BACKLOG = 1024


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
