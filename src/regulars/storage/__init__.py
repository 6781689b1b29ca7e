"""PostgreSQL: its processes, connections, migrations, and the append-only log."""
