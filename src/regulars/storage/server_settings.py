"""The settings of the embedded PostgreSQL, written to a file that its own configuration includes."""

# What a promise rests on: asserted by SHOW after each start, since ALTER SYSTEM could have changed it.
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")

INCLUDE = "\ninclude 'regulars.conf'  # written anew at each start\n"

_FIXED = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "60",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "jit": "off",
    "random_page_cost": "1.1",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # few workers that start early: small tables of a queue kind profit, two cores are not taken away
    "autovacuum_max_workers": "2",
    "autovacuum_vacuum_scale_factor": "0.1",
    "autovacuum_analyze_scale_factor": "0.05",
    "autovacuum_vacuum_cost_limit": "1000",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # one file for each day of the week, so a week of logs is kept
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] %a ",
    "log_min_duration_statement": "500ms",
    # logs never hold identifier values: no parameters, no failed statements, no details such as "Key (…)=(…) exists"
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def settings_text(shared_buffers: str, built_with: str) -> str:
    """The configuration file; `built_with` is what `pg_config --configure` prints."""
    chosen = _FIXED | {
        "shared_buffers": shared_buffers,
        # the built-in compressor costs more time than it saves writing
        "wal_compression": "lz4" if "--with-lz4" in built_with else "off",
    }
    return "".join(f"{name} = '{value}'\n" for name, value in chosen.items())
