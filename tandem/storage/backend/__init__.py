"""A database backend in which the login role decides what can be reached."""
