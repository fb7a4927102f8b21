"""Sign-in, second factor, sessions and lock-out: the only package on the alias `identity`."""
