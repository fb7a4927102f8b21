"""One process of a kind at a time, by a lock of the database that no stranger's lock can stop."""

# Every login may take any advisory lock, also this number: only a session of the same login counts
# as another process of the kind. Arguments: the number, twice.
HELD_BY_OURS = """
SELECT EXISTS (
  SELECT FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
  WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid::bigint = %s::bigint >> 32 AND l.objid::bigint = %s::bigint & 4294967295
    AND a.usename = current_user AND l.pid <> pg_backend_pid()
)
"""
