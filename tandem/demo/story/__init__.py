"""The story that `make demo CHECK=1` plays: one call from the feed to two sealed records."""
