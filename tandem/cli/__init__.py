"""The operator's command, the launcher of PostgreSQL, the supervisor and the front."""
