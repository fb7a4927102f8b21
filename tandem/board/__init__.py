"""Pages that compose what the packages below own, and the stream that says what went stale."""
