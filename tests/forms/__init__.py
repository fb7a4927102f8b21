"""Forms and instruments, without Django and without a database."""
