"""Where records lie: login roles, records, sealing, the outbox."""
