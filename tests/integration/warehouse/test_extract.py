"""The extract against a real PostgreSQL server."""

import datetime as dt
import decimal
import hashlib
import json
import math
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from glue_scripts import warehouse_extract
from glue_scripts.warehouse_extract import ExtractError, Limits, bind
from tests.integration.warehouse.conftest import BUCKET, PASSWORD, QUERY, USER, Extracts

BOTH = "day >= :date_from and day < :date_to"


def test_rows_types_and_lineage_are_the_databases_own(extracts: Extracts, connection: str, tmp_path: Path) -> None:
    extracts.postgres.execute(
        """create table kinds (
            small smallint, whole int, large bigint, single real, double double precision, exact numeric(20,4),
            words text, short varchar(10), padded char(4), flag boolean, day date, local timestamp, moment timestamptz)""",
        """insert into kinds values
            (-32768, 2147483647, 9223372036854775807, 0.1, 0.1, 1234567890123456.7891, E'é\\n"x"', '', 'ab', true,
             '2024-02-29', '2024-02-29 23:59:59.999999', '2024-02-29 23:59:59.5+02'),
            (null, null, null, null, null, null, null, null, null, null, '2024-02-28', null, null),
            (1, 1, 1, 'NaN', '-Infinity', -0.0001, ':date_from', 'x', null, false, '2024-02-28', '0001-01-01', '1970-01-01Z')""",
        f"grant select on kinds to {USER}",
    )
    query = f"select * from kinds where {BOTH} order by day desc, words nulls first"

    manifest = extracts.run("kinds", connection=connection, query=query, dates=("2024-02-28", "2024-03-01"))

    (path,) = extracts.download("kinds", tmp_path)
    table = pq.read_table(path)
    assert {item.name: str(item.type) for item in table.schema} == {
        "small": "int16",
        "whole": "int32",
        "large": "int64",
        "single": "float",
        "double": "double",
        "exact": "decimal128(20, 4)",
        "words": "string",
        "short": "string",
        "padded": "string",
        "flag": "bool",
        "day": "date32[day]",
        "local": "timestamp[us]",
        "moment": "timestamp[us, tz=UTC]",
    }
    first, second, third = table.to_pylist()
    assert first == {
        "small": -32768,
        "whole": 2147483647,
        "large": 9223372036854775807,
        "single": pytest.approx(0.1, rel=1e-7),
        "double": 0.1,
        "exact": decimal.Decimal("1234567890123456.7891"),
        "words": 'é\n"x"',
        "short": "",
        "padded": "ab  ",
        "flag": True,
        "day": dt.date(2024, 2, 29),
        "local": dt.datetime(2024, 2, 29, 23, 59, 59, 999999),
        "moment": dt.datetime(2024, 2, 29, 21, 59, 59, 500000, tzinfo=dt.UTC),
    }
    assert {name for name, value in second.items() if value is not None} == {"day"}
    assert math.isnan(third["single"])
    assert third["double"] == -math.inf
    assert third["words"] == ":date_from"

    stored = json.loads(extracts.client("s3").get_object(Bucket=BUCKET, Key="kinds/_extract.json")["Body"].read())
    assert stored == manifest
    assert stored["rows"] == 3
    assert stored["query_sha256"] == hashlib.sha256(query.encode()).hexdigest()
    assert (stored["date_from"], stored["date_to"]) == ("2024-02-28", "2024-03-01")
    assert stored["files"] == [
        {
            "name": "data/part-00000.parquet",
            "rows": 3,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
    ]
    assert PASSWORD not in json.dumps(stored, ensure_ascii=False)


def test_the_window_is_bound_as_dates(extracts: Extracts, connection: str) -> None:
    expected = extracts.postgres.value(
        "select count(*) from sales where day >= date '2024-01-05' and day < date '2024-01-08'"
    )
    manifest = extracts.run("window", connection=connection, dates=("2024-01-05", "2024-01-08"))
    assert manifest["rows"] == expected == 300


def test_many_files_hold_every_row_once(extracts: Extracts, connection: str, tmp_path: Path) -> None:
    limits = Limits(chunk_rows=100, row_group_bytes=8_000, file_bytes=10_000)
    manifest = extracts.run("many", connection=connection, limits=limits)
    paths = extracts.download("many", tmp_path)
    assert len(paths) == len(manifest["files"]) > 2
    assert [pq.read_metadata(path).num_rows for path in paths] == [file["rows"] for file in manifest["files"]]
    # One row group above the limit at most, and the footer.
    assert max(path.stat().st_size for path in paths) < 10_000 + 8_000 + 4_000
    ids = pa.concat_tables([pq.read_table(path) for path in paths])["id"].to_pylist()
    assert sorted(ids) == list(range(1, 3001))


@pytest.mark.parametrize(
    ("case", "query", "message"),
    [
        ("table", f"select * from missing where {BOTH}", r'the query failed in line 1 \(42P01\): relation "missing" does not exist; correct the table\'s name'),
        ("column", f"select id,\n nothing from sales where {BOTH}", r'in line 2 \(42703\): column "nothing" does not exist'),
        ("syntax", f"select id\nfrom sales\nwhere where {BOTH}", r'in line 3 \(42601\): syntax error at or near "where"'),
        ("two", f"select id from sales where {BOTH}; select 1", r"\(42601\): cannot insert multiple commands"),
        ("grant", "select id, :date_from as a, :date_to as b from hidden", r"\(42501\): permission denied for table hidden; grant"),
        ("write", "insert into sales select 1, :date_from, 1 where :date_to is null returning id", r"\(25006\): cannot execute INSERT in a read-only transaction; a query may only read"),
        ("empty", "select id from sales where day > :date_to and day < :date_from", "returned no row from 2024-01-01 to 2024-01-31"),
        ("numeric", f"select sum(amount) as total from sales where {BOTH}", r"column 'total' is numeric; cast it to numeric\(precision, scale\)"),
        ("wide", f"select amount::numeric(60,2) as wide from sales where {BOTH}", r"column 'wide' is numeric\(60, ?2\)"),
        ("kind", f"select '1'::json as document from sales where {BOTH}", "column 'document' has the type json; allowed are"),
        ("twice", f"select id, id from sales where {BOTH}", "column 'id' has no name of its own"),
        ("nameless", f"select 1 + 1 from sales where {BOTH}", r"column '\?column\?' has no name of its own"),
        ("nan", f"select 'NaN'::numeric(5,2) as n from sales where {BOTH}", r"column 'n' has a value that does not fit decimal128\(5, 2\)"),
        ("infinite", f"select 1 as n, date 'infinity' as d from sales where {BOTH}", "^column 'd' has a value that does not fit date32.*: date too large .*'infinity'; replace it in the query"),
        ("infinite-late", f"select id, case when id = 2500 then timestamp '-infinity' else day end as t from sales where {BOTH} order by id", "column 't' has a value that does not fit timestamp.*'-infinity'"),
        ("year-10000", f"select timestamptz '10000-01-01Z' as m from sales where {BOTH}", "column 'm' has a value that does not fit timestamp"),
        ("bc", f"select date '0001-01-01 BC' as d from sales where {BOTH}", "column 'd' has a value that does not fit date32.*BC"),
        ("enum", f"select id, 'good'::mood as m from sales where {BOTH}", "column 'm' has the type mood; allowed are integers"),
        ("list", f"select array[1] as l from sales where {BOTH}", r"column 'l' has the type integer\[\]; allowed are"),
        ("case", f'select id as "A", id as a from sales where {BOTH}', "columns 'A' and 'a' differ in upper and lower case only, which Spark does not tell apart"),
        ("late", f"select 1 / (id - 2500) as r from sales where {BOTH} order by id", r"\(22012\): division by zero"),
        ("no-parameters", "select id from sales", "does not use :date_from and :date_to; a window needs both bounds"),
        ("unknown", f"select id from sales where {BOTH} and id = :other", "unknown parameter :other"),
        ("numbered", f"select id from sales where {BOTH} and id = $3", r"placeholder \$3"),
    ],
)  # fmt: skip
def test_a_query_that_fails_says_why_and_leaves_nothing(
    extracts: Extracts, connection: str, case: str, query: str, message: str
) -> None:
    with pytest.raises(ExtractError, match=message) as caught:
        extracts.run(f"failed-{case}", connection=connection, query=query, limits=Limits(chunk_rows=10))
    assert "\n" not in str(caught.value)
    assert extracts.keys(f"failed-{case}") == []
    assert extracts.uploads() == []


def test_a_statement_that_takes_too_long_is_stopped_by_the_server(extracts: Extracts, connection: str) -> None:
    query = "select id from sales where day >= :date_from and day < :date_to and pg_sleep(60) is not null"
    with pytest.raises(ExtractError, match=r"\(57014\): canceling statement due to statement timeout; it ran into"):
        extracts.run("timeout", connection=connection, query=query, statement_timeout_seconds=0.2)
    assert extracts.keys("timeout") == []


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        ("password", {"secret": {"username": USER, "password": "wrong-one"}}, "password authentication failed for user \"reader\""),
        ("user", {"secret": {"username": "stranger", "password": "wrong-one"}}, "as user 'stranger'.*password authentication failed"),
        ("host", {"JDBC_CONNECTION_URL": "jdbc:postgresql://warehouse.invalid:5432/postgres"}, "cannot connect to warehouse.invalid:5432/postgres"),
        ("port", {"JDBC_CONNECTION_URL": "jdbc:postgresql://127.0.0.1:1/postgres"}, "cannot connect to 127.0.0.1:1/postgres.*refused"),
        ("database", {"JDBC_CONNECTION_URL": ""}, "has the url ''; expected jdbc:postgresql://host:port/database"),
        ("engine", {"JDBC_CONNECTION_URL": "jdbc:mysql://h:1/d"}, "has the url 'jdbc:mysql://h:1/d'"),
        ("tls", {"JDBC_ENFORCE_SSL": "true"}, r"\(sslmode require\).*server does not support SSL"),
        ("no-secret", {"SECRET_ID": ""}, "has no SECRET_ID"),
        ("missing-secret", {"SECRET_ID": "gone"}, "cannot read secret 'gone'.*ResourceNotFoundException"),
        ("malformed", {"secret": "wrong-one"}, "must be a JSON object with the texts username and password"),
        ("incomplete", {"secret": {"username": "reader"}}, "must be a JSON object"),
        ("number", {"secret": {"username": "reader", "password": 1}}, "must be a JSON object"),
        ("list", {"secret": ["wrong-one"]}, "must be a JSON object"),
    ],
)  # fmt: skip
def test_a_connection_that_fails_says_why(extracts: Extracts, case: str, change: dict[str, Any], message: str) -> None:
    name = extracts.connection(f"failing-{case}", **change)
    with pytest.raises(ExtractError, match=message) as caught:
        extracts.run(f"connection-{case}", connection=name)
    assert "wrong-one" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert extracts.keys(f"connection-{case}") == []


def test_a_missing_connection_is_named(extracts: Extracts) -> None:
    with pytest.raises(ExtractError, match="glue connection 'nowhere' does not exist"):
        extracts.run("nowhere", connection="nowhere")


def test_a_connection_lost_midway_leaves_nothing_and_is_not_repeated(
    extracts: Extracts, connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = warehouse_extract.Publication.add
    uploaded = []

    def add_and_kill(self: warehouse_extract.Publication, path: Path, name: str) -> None:
        add(self, path, name)
        uploaded.append(name)
        if len(uploaded) == 2:
            ended = extracts.postgres.value(
                f"select count(pg_terminate_backend(pid)) from pg_stat_activity where usename = '{USER}'"
            )
            assert ended == 1

    monkeypatch.setattr(warehouse_extract.Publication, "add", add_and_kill)
    # Wide rows: more than what fits into the buffers of both ends of the connection.
    query = "select n, repeat('x', 5000) as wide, :date_from as f, :date_to as t from generate_series(1, 100000) n"

    with pytest.raises(
        ExtractError, match=r"connection was lost after \d+ rows, of which none is kept.*start a new run"
    ):
        extracts.run(
            "lost", connection=connection, query=query, limits=Limits(chunk_rows=100, row_group_bytes=1, file_bytes=1)
        )

    assert len(uploaded) >= 2
    assert extracts.keys("lost") == []
    assert extracts.uploads() == []


def test_nothing_is_visible_until_everything_is_uploaded(
    extracts: Extracts, connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = warehouse_extract.Publication.publish
    seen = []

    def look_and_fail(self: warehouse_extract.Publication, manifest: dict[str, Any]) -> None:
        seen.extend(extracts.keys("atomic"))
        complete = self.s3.complete_multipart_upload
        calls = []

        def fail_at_third(**arguments: Any) -> Any:
            calls.append(arguments["Key"])
            if len(calls) == 3:
                raise KeyboardInterrupt
            return complete(**arguments)

        monkeypatch.setattr(self.s3, "complete_multipart_upload", fail_at_third)
        publish(self, manifest)

    monkeypatch.setattr(warehouse_extract.Publication, "publish", look_and_fail)
    with pytest.raises(KeyboardInterrupt):
        extracts.run("atomic", connection=connection, limits=Limits(chunk_rows=100, row_group_bytes=1, file_bytes=1))
    assert seen == []
    assert extracts.keys("atomic") == []
    assert extracts.uploads() == []


def test_a_repeated_run_keeps_the_data_set_and_replaces_half_a_one(extracts: Extracts, connection: str) -> None:
    s3 = extracts.client("s3")
    s3.put_object(Bucket=BUCKET, Key="repeated/data/part-00007.parquet", Body=b"left behind")
    first = extracts.run("repeated", connection=connection)
    assert extracts.keys("repeated") == ["_extract.json", "data/part-00000.parquet"]
    extracts.postgres.execute("insert into sales values (9999, '2024-01-02', 1)")
    try:
        assert extracts.run("repeated", connection=connection) == first
    finally:
        extracts.postgres.execute("delete from sales where id = 9999")
    with pytest.raises(ExtractError, match="holds an extract with another date_to"):
        extracts.run("repeated", connection=connection, dates=("2024-01-01", "2024-01-30"))
    with pytest.raises(ExtractError, match="holds an extract with another query_sha256"):
        extracts.run("repeated", connection=connection, query=f"{QUERY} and id > 0")


@pytest.mark.security("hostile input")
def test_sql_in_a_date_is_refused(extracts: Extracts, connection: str) -> None:
    with pytest.raises(ExtractError, match="expected a date as YYYY-MM-DD"):
        extracts.run("injected", connection=connection, dates=("2024-01-01'; drop table sales; --", "2024-01-31"))


@pytest.mark.security("hostile input")
@pytest.mark.parametrize("payload", ["2024-01-01'; drop table sales; --", "2024-01-01' or true --", "$2", ":date_to"])
def test_what_is_bound_is_never_run(extracts: Extracts, connection: str, payload: str) -> None:
    """The same values as texts: even unchecked they would be one value and no SQL."""
    statement = bind("select * from sales where id::text = :date_from or id::text = :date_to")
    port = extracts.postgres.port
    with psycopg.connect(
        host="127.0.0.1", port=port, dbname="postgres", user=USER, password=PASSWORD, cursor_factory=psycopg.RawCursor
    ) as opened:
        assert opened.execute(statement.encode(), (payload, payload)).fetchall() == []
        (count,) = opened.execute(b"select count(*) from sales", ()).fetchone() or (0,)
    assert count == 3000


@pytest.mark.security("hostile input")
def test_a_second_statement_is_refused_and_not_run(extracts: Extracts, connection: str) -> None:
    with pytest.raises(ExtractError, match=r"\(42601\): cannot insert multiple commands into a prepared statement"):
        extracts.run("second", connection=connection, query=f"{QUERY}; commit; drop table sales")
    assert extracts.run("second", connection=connection)["rows"] == 3000


@pytest.mark.security("hostile input")
def test_a_query_that_is_no_text_is_refused(extracts: Extracts, connection: str) -> None:
    with pytest.raises(ExtractError, match="is no UTF-8"):
        extracts.run("latin", connection=connection, query=f"{QUERY} -- ü".encode("latin-1"))


def test_what_is_bound_never_becomes_text(postgres_statements: list[str], extracts: Extracts, connection: str) -> None:
    extracts.run("bound", connection=connection)
    assert any("day >= $1 and day < $2" in statement for statement in postgres_statements)


@pytest.fixture
def postgres_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen: list[str] = []
    stream = psycopg.RawCursor.stream

    def recording(self: Any, query: bytes, *arguments: Any, **settings: Any) -> Any:
        seen.append(query.decode())
        return stream(self, query, *arguments, **settings)

    monkeypatch.setattr(psycopg.RawCursor, "stream", recording)
    return seen
