"""A PostgreSQL server as the warehouse, and a local cloud with its connection and secret."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from glue_scripts.warehouse_extract import Limits, extract, parse_window
from local_cloud import api
from local_cloud.api import RunningCloud, Settings
from tests.support.postgres import PostgresServer

ACCOUNT = "111111111111"
BUCKET = "warehouse-extracts"
USER, PASSWORD = "reader", "p\"w'd; % \\ é"
QUERY = "select id, day, amount from sales where day >= :date_from and day < :date_to"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        escaped = PASSWORD.replace("'", "''")
        server.execute(
            f"create role {USER} login password '{escaped}'",
            f"create role nobody_knows login password '{escaped}'",
            "create table sales (id bigint, day date, amount numeric(12,2))",
            "insert into sales select n, date '2024-01-01' + (n % 30)::int, n / 100.0 from generate_series(1, 3000) n",
            f"grant select on sales to {USER}",
            "create table hidden (id int)",
            "create type mood as enum ('good', 'bad')",
        )
        yield server


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    with api.start(Settings(state_dir=tmp_path_factory.mktemp("cloud"), port=0)) as running:
        running.client("s3", ACCOUNT).create_bucket(Bucket=BUCKET)
        yield running


@dataclass(frozen=True, kw_only=True)
class Extracts:
    """Runs the script's main function in this process, as the account's root."""

    cloud: RunningCloud
    postgres: PostgresServer

    def client(self, service: str) -> Any:
        return self.cloud.client(service, ACCOUNT)

    def connection(self, name: str, *, secret: Any = None, **properties: str) -> str:
        """Make a Glue connection and its secret; a secret that is text is taken as it is."""
        value = {"username": USER, "password": PASSWORD} if secret is None else secret
        text = value if isinstance(value, str) else json.dumps(value)
        arn = self.client("secretsmanager").create_secret(Name=f"secret-{name}", SecretString=text)["ARN"]
        url = f"jdbc:postgresql://127.0.0.1:{self.postgres.port}/postgres"
        defaults = {"JDBC_CONNECTION_URL": url, "SECRET_ID": arn, "JDBC_ENFORCE_SSL": "false"}
        given = {key: value for key, value in (defaults | properties).items() if value}
        self.client("glue").create_connection(
            ConnectionInput={"Name": name, "ConnectionType": "JDBC", "ConnectionProperties": given}
        )
        return name

    def put_query(self, text: str | bytes, name: str = "query") -> str:
        self.client("s3").put_object(
            Bucket=BUCKET, Key=f"queries/{name}.sql", Body=text if isinstance(text, bytes) else text.encode()
        )
        return f"s3://{BUCKET}/queries/{name}.sql"

    def run(
        self,
        destination: str,
        *,
        connection: str,
        query: str | bytes = QUERY,
        dates: tuple[str, str] = ("2024-01-01", "2024-01-31"),
        limits: Limits | None = None,
        **settings: float,
    ) -> dict[str, Any]:
        window = parse_window(*dates)
        return extract(
            session=_Session(self.cloud),
            connection_name=connection,
            query=self.put_query(query),
            window=window,
            destination=f"s3://{BUCKET}/{destination}/",
            limits=limits or Limits(),
            **settings,
        )

    def keys(self, prefix: str) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/")
        return [item["Key"].removeprefix(f"{prefix}/") for item in found.get("Contents", [])]

    def uploads(self) -> list[dict[str, Any]]:
        """Uploads that were begun and neither completed nor aborted."""
        found: list[dict[str, Any]] = self.client("s3").list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return found

    def download(self, prefix: str, folder: Path) -> list[Path]:
        """The Parquet files of an extract."""
        paths = []
        for key in self.keys(prefix):
            if key.endswith(".parquet"):
                paths.append(folder / Path(key).name)
                self.client("s3").download_file(BUCKET, f"{prefix}/{key}", str(paths[-1]))
        return paths


class _Session:
    def __init__(self, cloud: RunningCloud) -> None:
        self._cloud = cloud

    def client(self, service: str) -> Any:
        return self._cloud.client(service, ACCOUNT)


@pytest.fixture(scope="session")
def extracts(cloud: RunningCloud, postgres: PostgresServer) -> Extracts:
    return Extracts(cloud=cloud, postgres=postgres)


@pytest.fixture(scope="session")
def connection(extracts: Extracts) -> str:
    return extracts.connection("warehouse")
