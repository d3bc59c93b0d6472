"""Glue job that copies the rows of one query from a PostgreSQL-compatible warehouse to Parquet files on S3.

One self-contained script for Glue 5.1 (Python 3.11). It needs no Spark: the driver binds :date_from and :date_to, which
Spark's JDBC reader cannot, and streams the rows one chunk at a time. A server-side cursor would bound the memory as
well, but Redshift materialises its whole result on the leader node first
(https://docs.aws.amazon.com/redshift/latest/dg/declare.html); libpq's chunked-rows mode needs nothing of the server.

All or nothing: every file is a multipart upload, which nobody can see before it is completed; all of them are completed
after the last row, and _extract.json is written last. A data set without _extract.json is none.
"""

import contextlib
import hashlib
import json
import re
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

PARAMETERS = {"date_from": "$1", "date_to": "$2"}
MANIFEST = "_extract.json"  # no reader of Parquet files takes what starts with _ for data, however deep it looks
DATA = "data/"
DEFAULT_PORTS = {"postgresql": 5432, "redshift": 5439}
CONNECT_SECONDS = 30
STATEMENT_TIMEOUT_MINUTES = 60
MAX_DIGITS = 38  # of Spark's decimals, and of Parquet readers in general
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_URI = re.compile(r"s3://([^/]+)/(.+)")
_JDBC = re.compile(r"jdbc:(postgresql|redshift)://([^/:?\[\]]+)(?::(\d+))?/([^/?;]+)")
_TYPES: dict[int, pa.DataType] = {
    16: pa.bool_(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    700: pa.float32(),
    701: pa.float64(),
    18: pa.string(),
    19: pa.string(),
    25: pa.string(),
    1042: pa.string(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
_NUMERIC = 1700
_DATES = (1082, 1114, 1184)
_HINTS = {
    "42P01": "correct the table's name",
    "3F000": "correct the schema's name",
    "42703": "correct the column's name",
    "42601": "correct the query's syntax; it must be one statement",
    "42501": "grant the secret's user select on what the query names",
    "25006": "a query may only read",
    "57014": "it ran into the statement timeout or was cancelled; narrow the window or raise the timeout",
}


class ExtractError(RuntimeError):
    """The data set could not be made; nothing of it is visible."""


class UnknownTypeError(Exception):
    """A column's type has no exact counterpart."""

    def __init__(self, column: psycopg.Column) -> None:
        super().__init__(f"column '{column.name}' has the type {column.type_display}")
        self.column = column


@dataclass(frozen=True)
class Unfit:
    """A value that Python has no object for, such as the date infinity.

    Args:
        reason: what the driver says.
    """

    reason: str


@dataclass(frozen=True, kw_only=True)
class Warehouse:
    """Where the rows come from, as the Glue connection says.

    Args:
        connection: the Glue connection's name.
        host: DNS name.
        port: TCP port.
        database: its name.
        ssl: JDBC_ENFORCE_SSL.
        certificate: s3 URI of the CA's certificates (CUSTOM_JDBC_CERT), None for no check of the server's identity.
        secret: ARN or name in Secrets Manager.
    """

    connection: str
    host: str
    port: int
    database: str
    ssl: bool
    certificate: str | None
    secret: str


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days to extract; what the query makes of the bounds is its own matter.

    Args:
        date_from: value of :date_from.
        date_to: value of :date_to.
    """

    date_from: date
    date_to: date


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What bounds the memory and the files.

    Args:
        chunk_rows: rows that the driver holds.
        row_group_bytes: Arrow bytes that are collected before they are written.
        file_bytes: size of a Parquet file, passed by at most one row group.
    """

    chunk_rows: int = 2_000
    row_group_bytes: int = 16 << 20
    file_bytes: int = 128 << 20


@dataclass(kw_only=True)
class Publication:
    """Files that become visible together.

    Args:
        s3: client.
        bucket: its name.
        prefix: ends with /.
    """

    s3: Any
    bucket: str
    prefix: str
    _pending: list[dict[str, str]] = field(default_factory=list)
    _visible: list[str] = field(default_factory=list)

    def add(self, path: Path, name: str) -> None:
        """Upload a file without showing it."""
        key = f"{self.prefix}{name}"
        upload = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]
        self._pending.append({"Key": key, "UploadId": upload})
        with path.open("rb") as body:
            part = self.s3.upload_part(Bucket=self.bucket, Key=key, UploadId=upload, PartNumber=1, Body=body)
        self._pending[-1]["ETag"] = part["ETag"]

    def publish(self, manifest: dict[str, Any]) -> None:
        """Show the files, then the manifest."""
        while self._pending:
            upload = self._pending[0]
            self._visible.append(upload["Key"])
            self.s3.complete_multipart_upload(
                Bucket=self.bucket,
                Key=upload["Key"],
                UploadId=upload["UploadId"],
                MultipartUpload={"Parts": [{"ETag": upload["ETag"], "PartNumber": 1}]},
            )
            self._pending.pop(0)
        body = json.dumps(manifest, indent=2).encode()
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}{MANIFEST}", Body=body)

    def discard(self) -> None:
        """Remove what was written; what cannot be removed is logged, so that the first error stays the one shown."""
        for upload in self._pending:
            self._try("abort_multipart_upload", Key=upload["Key"], UploadId=upload["UploadId"])
        for key in self._visible:
            self._try("delete_object", Key=key)

    def _try(self, operation: str, **arguments: str) -> None:
        try:
            getattr(self.s3, operation)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            # An upload whose completion failed half-way may be gone already.
            if error.response["Error"]["Code"] != "NoSuchUpload":
                sys.stderr.write(f"cannot clean up {arguments['Key']}: {error}\n")


def bind(text: str) -> str:
    """Replace :date_from and :date_to by the driver's placeholders; the values never become part of the text.

    Raises:
        ExtractError: a parameter is missing or unknown.
    """
    if "\0" in text:
        # The driver's C library would end the query there.
        raise ExtractError(f"the query has a null character at position {text.index(chr(0))}; remove it")
    parts: list[str] = []
    used: set[str] = set()
    for kind, piece in _tokens(text):
        if kind == "number":
            raise ExtractError(f"the query has the placeholder {piece}; write :date_from and :date_to")
        if kind == "name" and piece not in PARAMETERS:
            raise ExtractError(f"the query has the unknown parameter :{piece}; known are :date_from and :date_to")
        used.update({piece} if kind == "name" else ())
        parts.append(PARAMETERS[piece] if kind == "name" else piece)
    if missing := [f":{name}" for name in PARAMETERS if name not in used]:
        raise ExtractError(f"the query does not use {' and '.join(missing)}; a window needs both bounds")
    return "".join(parts).strip().rstrip(";")


_TOKEN = re.compile(
    r"""(?P<text> (?<!\w)[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*"
                | (?<!\w)(?P<tag>\$(?:[A-Za-z_]\w*)?\$).*?(?P=tag) | --[^\n]* | :: )
      | (?P<comment>/\*)
      | (?<![\w:]):(?P<name>[A-Za-z_]\w*)
      | (?<!\w)(?P<number>\$\d+)""",
    re.VERBOSE | re.DOTALL,
)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Pieces of a query: names of parameters, numbered placeholders, and text in which neither counts."""
    position = 0
    while found := _TOKEN.search(text, position):
        yield "text", text[position : found.start()]
        kind, end = found.lastgroup or "text", found.end()
        if found["comment"]:
            end = _comment_end(text, found.end())
        if found["name"] or found["number"]:
            yield kind, found[kind]
        else:
            yield "text", text[found.start() : end]
        position = end
    yield "text", text[position:]


def _comment_end(text: str, position: int) -> int:
    depth = 1  # PostgreSQL nests block comments
    for mark in re.compile(r"/\*|\*/").finditer(text, position):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return len(text)


def parse_window(date_from: str, date_to: str) -> Window:
    """Check the bounds.

    Raises:
        ExtractError: one is no date, or the first is not before the second.
    """
    found = {}
    for name, value in (("date_from", date_from), ("date_to", date_to)):
        # Python alone would take other forms of ISO 8601 as well.
        text = value if _DATE.fullmatch(value) else ""
        try:
            found[name] = date.fromisoformat(text)
        except ValueError as error:
            raise ExtractError(f"{name} is {value!r}; expected a date as YYYY-MM-DD") from error
    if found["date_from"] >= found["date_to"]:
        raise ExtractError(f"date_from {date_from} is not before date_to {date_to}")
    return Window(**found)


def read_connection(glue: Any, name: str) -> Warehouse:
    """Read a Glue connection.

    Raises:
        ExtractError: it does not exist or does not describe a warehouse.
    """
    try:
        # HidePassword: the secret is named here, its value is not needed.
        found = glue.get_connection(Name=name, HidePassword=True)["Connection"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "EntityNotFoundException":
            raise ExtractError(f"glue connection '{name}' does not exist; deploy it or correct its name") from error
        raise ExtractError(f"cannot read glue connection '{name}': {error}") from error
    properties = found.get("ConnectionProperties", {})
    url = properties.get("JDBC_CONNECTION_URL", "")
    match = _JDBC.fullmatch(url)
    if match is None:
        raise ExtractError(
            f"glue connection '{name}' has the url '{url}'; expected jdbc:postgresql://host:port/database or "
            "jdbc:redshift://host:port/database"
        )
    if not properties.get("SECRET_ID"):
        raise ExtractError(f"glue connection '{name}' has no SECRET_ID; keep user and password in Secrets Manager")
    return Warehouse(
        connection=name,
        host=match[2],
        port=int(match[3] or DEFAULT_PORTS[match[1]]),
        database=match[4],
        ssl=properties.get("JDBC_ENFORCE_SSL", "false").lower() == "true",
        certificate=properties.get("CUSTOM_JDBC_CERT") or None,
        secret=properties["SECRET_ID"],
    )


def read_secret(secrets: Any, secret: str) -> tuple[str, str]:
    """User and password.

    Raises:
        ExtractError: the secret is missing or has another form.
    """
    try:
        text = secrets.get_secret_value(SecretId=secret).get("SecretString", "")
    except ClientError as error:
        raise ExtractError(f"cannot read secret '{secret}': {error}") from error
    try:
        value = json.loads(text)
        user, password = value["username"], value["password"]
    except (ValueError, KeyError, TypeError):
        # Not chained: a decoder's error quotes the document.
        user = password = None
    if not (isinstance(user, str) and isinstance(password, str) and user and password):
        raise ExtractError(f"secret '{secret}' must be a JSON object with the texts username and password")
    return user, password


def connect(
    warehouse: Warehouse, *, user: str, password: str, root_certificate: Path | None
) -> psycopg.Connection[Any]:
    """Open a connection whose transactions only read.

    Raises:
        ExtractError: the warehouse does not answer, or refuses.
    """
    mode = "prefer"
    if warehouse.ssl:
        mode = "verify-full" if root_certificate else "require"
    try:
        connection = psycopg.connect(
            host=warehouse.host,
            port=warehouse.port,
            dbname=warehouse.database,
            user=user,
            password=password,
            sslmode=mode,
            sslrootcert=str(root_certificate) if root_certificate else None,
            connect_timeout=CONNECT_SECONDS,
            # A warehouse that vanished without a word is noticed within about a minute.
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            # Redshift reports the encoding UNICODE, which Python does not know, and has no DEALLOCATE ALL
            # (https://github.com/psycopg/psycopg/issues/122).
            client_encoding="UTF8",
            prepare_threshold=None,
            cursor_factory=psycopg.RawCursor,
        )
    except psycopg.Error as error:
        place = f"{warehouse.host}:{warehouse.port}/{warehouse.database} as user '{user}' (sslmode {mode})"
        raise ExtractError(
            f"cannot connect to {place} of glue connection '{warehouse.connection}': {_one_line(error)}"
        ) from error
    connection.read_only = True
    for kind in _DATES:
        connection.adapters.register_loader(kind, _keeping(kind))
    return connection


def _keeping(kind: int) -> type[Loader]:
    """A loader that returns what it cannot load as Unfit: the driver's own error does not say in which column."""
    found = psycopg.adapters.get_loader(kind, Format.TEXT)
    assert found  # noqa: S101  # the driver has one for each of its own types
    own = found

    class Keeping(Loader):
        def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._own = own(oid, context)

        def load(self, data: Buffer) -> Any:
            try:
                return self._own.load(data)
            except psycopg.DataError as error:
                return Unfit(_one_line(error))

    return Keeping


def schema_of(columns: Iterable[psycopg.Column]) -> pa.Schema:
    """Arrow types of a result.

    Raises:
        ExtractError: a column has no name of its own, or is a numeric that no decimal type holds.
        UnknownTypeError: a type has no exact counterpart.
    """
    fields: dict[str, pa.DataType] = {}
    spellings: dict[str, str] = {}
    for column in columns:
        if column.name in fields or column.name == "?column?":
            raise ExtractError(f"column '{column.name}' has no name of its own; give every expression one with AS")
        if (other := spellings.setdefault(column.name.lower(), column.name)) != column.name:
            # https://spark.apache.org/docs/3.5.6/sql-ref-identifier.html
            raise ExtractError(
                f"columns '{other}' and '{column.name}' differ in upper and lower case only, which Spark does not tell "
                "apart; give one another name with AS"
            )
        kind = _TYPES.get(column.type_code)
        if column.type_code == _NUMERIC:
            if (
                column.precision is None
                or column.scale is None
                or not 0 <= column.scale <= column.precision <= MAX_DIGITS
            ):
                raise ExtractError(
                    f"column '{column.name}' is {column.type_display}; cast it to numeric(precision, scale) with at "
                    f"most {MAX_DIGITS} digits, or to double precision"
                )
            kind = pa.decimal128(column.precision, column.scale)
        if kind is None:
            raise UnknownTypeError(column)
        fields[column.name] = kind
    return pa.schema(fields.items())


@dataclass(kw_only=True)
class ParquetFiles:
    """Collects rows into files of bounded size and hands each to the publication.

    Args:
        schema: of the rows.
        publication: takes the files.
        limits: of memory and files.
        folder: for the one file that is being written.
    """

    schema: pa.Schema
    publication: Publication
    limits: Limits
    folder: Path
    rows: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    _group: list[pa.RecordBatch] = field(default_factory=list)
    _writer: pq.ParquetWriter | None = None
    _rows_before: int = 0

    @property
    def _path(self) -> Path:
        return self.folder / "part.parquet"

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take some rows.

        Raises:
            ExtractError: a value does not fit its column.
        """
        columns = zip(*rows, strict=True)
        arrays = [_array(item, values) for item, values in zip(self.schema, columns, strict=True)]
        self._group.append(pa.record_batch(arrays, schema=self.schema))
        self.rows += len(rows)
        if sum(batch.nbytes for batch in self._group) >= self.limits.row_group_bytes:
            self._write_group()

    def close(self) -> None:
        """Write what is left."""
        if self._group:
            self._write_group()
        if self._writer:
            self._finish_file()

    def _write_group(self) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(str(self._path), self.schema)
        self._writer.write_table(pa.Table.from_batches(self._group, schema=self.schema))
        self._group.clear()
        if self._path.stat().st_size >= self.limits.file_bytes:
            self._finish_file()

    def _finish_file(self) -> None:
        assert self._writer  # noqa: S101  # only called with an open file
        self._writer.close()
        self._writer = None
        name = f"{DATA}part-{len(self.files):05}.parquet"
        with self._path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size, rows = self._path.stat().st_size, self.rows - self._rows_before
        self.publication.add(self._path, name)
        self.files.append({"name": name, "rows": rows, "bytes": size, "sha256": digest})
        self._rows_before = self.rows
        self._path.unlink()


def _array(item: pa.Field, values: Sequence[Any]) -> pa.Array:
    try:
        return pa.array(values, type=item.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        reason = next((value.reason for value in values if isinstance(value, Unfit)), _one_line(error))
        raise ExtractError(
            f"column '{item.name}' has a value that does not fit {item.type}: {reason}; replace it in the query"
        ) from error


def copy_rows(
    connection: psycopg.Connection[Any],
    query: str,
    window: Window,
    *,
    publication: Publication,
    limits: Limits,
    statement_timeout_seconds: float,
) -> ParquetFiles:
    """Run the query once and upload its rows; nothing is repeated, so that no row can occur twice.

    Args:
        connection: to the warehouse.
        query: with the driver's placeholders.
        window: values of the parameters.
        publication: takes the files.
        limits: of memory and files.
        statement_timeout_seconds: after which the warehouse stops the query.

    Raises:
        ExtractError: the query fails, has no row, or the connection is lost.
    """
    output: ParquetFiles | None = None
    chunk: list[Sequence[Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            with connection.cursor() as cursor:
                _set(cursor, "statement_timeout", str(int(statement_timeout_seconds * 1000)))
                _set(cursor, "timezone", "UTC")
                # Floats in full; PostgreSQL does so since version 12, Redshift only when asked.
                _set(cursor, "extra_float_digits", "2")
                values = (window.date_from, window.date_to)
                for row in cursor.stream(query.encode(), values, size=limits.chunk_rows):
                    if output is None:
                        schema = schema_of(cursor.description or ())
                        output = ParquetFiles(
                            schema=schema, publication=publication, limits=limits, folder=Path(folder)
                        )
                    chunk.append(row)
                    if len(chunk) == limits.chunk_rows:
                        output.add(chunk)
                        chunk.clear()
        except UnknownTypeError as error:
            raise ExtractError(
                f"column '{error.column.name}' has the type {_type_name(connection, error.column)}; allowed are "
                "integers, floats, numeric, text, boolean, date and timestamp; cast it"
            ) from error
        except psycopg.Error as error:
            received = (output.rows if output else 0) + len(chunk)
            raise _query_error(error, query, lost=connection.closed, rows=received) from error
        if output is None:
            raise ExtractError(
                f"the query returned no row from {window.date_from} to {window.date_to}; a model cannot be trained on "
                "nothing, so the window or the query is wrong"
            )
        if chunk:
            output.add(chunk)
        output.close()
    return output


def _type_name(connection: psycopg.Connection[Any], column: psycopg.Column) -> str:
    """As the warehouse spells it: the driver knows no name of a type that somebody made, such as an enumeration."""
    try:
        connection.rollback()  # the query was left half-way
        found = connection.execute("select format_type($1::oid, null)", (column.type_code,)).fetchone()
    except psycopg.Error:
        found = None
    return str(found[0]) if found else column.type_display


def _set(cursor: psycopg.Cursor[Any], name: str, value: str) -> None:
    cursor.execute("select set_config($1, $2, false)", (name, value))


def _query_error(error: psycopg.Error, query: str, *, lost: bool, rows: int) -> ExtractError:
    text = error.diag.message_primary or _one_line(error)
    if lost:
        return ExtractError(
            f"the connection was lost after {rows} rows, of which none is kept: {text}; start a new run"
        )
    place = ""
    if error.diag.statement_position:
        line = query.count("\n", 0, int(error.diag.statement_position) - 1) + 1
        place = f" in line {line}"
    state = error.sqlstate or "driver"
    hint = _HINTS.get(state)
    return ExtractError(f"the query failed{place} ({state}): {text}{f'; {hint}' if hint else ''}")


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key.

    Raises:
        ExtractError: it is no s3 URI.
    """
    match = _URI.fullmatch(uri)
    if match is None:
        raise ExtractError(f"not an s3 uri: '{uri}'; expected s3://bucket/key")
    return match[1], match[2]


def read_object(s3: Any, uri: str) -> bytes:
    """Content of an object.

    Raises:
        ExtractError: it cannot be read.
    """
    bucket, key = split_uri(uri)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise ExtractError(f"cannot read {uri}: {error}") from error
    return content


def prepare_destination(s3: Any, bucket: str, prefix: str, origin: dict[str, str]) -> dict[str, Any] | None:
    """Look at what an earlier attempt left: its whole data set is returned, half a one is removed.

    Args:
        s3: client.
        bucket: of the destination.
        prefix: of the destination.
        origin: connection, query and window, which an earlier data set must share.

    Raises:
        ExtractError: the destination holds the data set of something else.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    if f"{prefix}{MANIFEST}" in keys:
        earlier: dict[str, Any] = json.loads(read_object(s3, f"s3://{bucket}/{prefix}{MANIFEST}"))
        different = [name for name, value in origin.items() if earlier.get(name) != value]
        if different:
            raise ExtractError(
                f"s3://{bucket}/{prefix} holds an extract with another {', '.join(different)}; give every run a "
                "destination of its own"
            )
        return earlier
    for key in keys:
        if key.startswith(f"{prefix}{DATA}"):
            s3.delete_object(Bucket=bucket, Key=key)
    return None


def extract(
    *,
    session: Any,
    connection_name: str,
    query: str,
    window: Window,
    destination: str,
    limits: Limits,
    statement_timeout_seconds: float = STATEMENT_TIMEOUT_MINUTES * 60,
) -> dict[str, Any]:
    """Make one data set; returns its manifest.

    Args:
        session: makes boto3 clients.
        connection_name: of the Glue connection.
        query: s3 URI of the file with the query.
        window: values of its parameters.
        destination: s3 URI that ends with /.
        limits: of memory and files.
        statement_timeout_seconds: after which the warehouse stops the query.

    Raises:
        ExtractError: the data set could not be made; nothing of it is visible.
    """
    if not destination.endswith("/"):
        raise ExtractError(f"destination must end with /, got {destination}")
    bucket, prefix = split_uri(destination)
    s3 = session.client("s3")
    text = read_object(s3, query)
    bound = bind(_decoded(text, query))
    origin = {
        "connection": connection_name,
        "query": query,
        "query_sha256": hashlib.sha256(text).hexdigest(),
        "date_from": window.date_from.isoformat(),
        "date_to": window.date_to.isoformat(),
    }
    if earlier := prepare_destination(s3, bucket, prefix, origin):
        return earlier
    warehouse = read_connection(session.client("glue"), connection_name)
    user, password = read_secret(session.client("secretsmanager"), warehouse.secret)
    publication = Publication(s3=s3, bucket=bucket, prefix=prefix)
    try:
        with (
            _certificate(s3, warehouse) as root,
            connect(warehouse, user=user, password=password, root_certificate=root) as connection,
        ):
            output = copy_rows(
                connection,
                bound,
                window,
                publication=publication,
                limits=limits,
                statement_timeout_seconds=statement_timeout_seconds,
            )
        manifest = {
            **origin,
            "host": warehouse.host,
            "database": warehouse.database,
            "rows": output.rows,
            "files": output.files,
            "columns": [{"name": item.name, "type": str(item.type)} for item in output.schema],
        }
        publication.publish(manifest)
    except BaseException:
        # Also when the job is stopped.
        publication.discard()
        raise
    return manifest


def _decoded(text: bytes, uri: str) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExtractError(f"{uri} is no UTF-8: {error}; save the file as UTF-8") from error


@contextlib.contextmanager
def _certificate(s3: Any, warehouse: Warehouse) -> Iterator[Path | None]:
    if not (warehouse.ssl and warehouse.certificate):
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "root.pem"
        path.write_bytes(read_object(s3, warehouse.certificate))
        yield path


def main() -> None:
    """Entry point on AWS Glue."""
    from awsglue.utils import getResolvedOptions  # noqa: PLC0415  # exists only inside a Glue job

    # A job that is stopped removes what it wrote.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    names = ["connection_name", "query", "date_from", "date_to", "destination"]
    optional = [name for name in ("statement_timeout_minutes",) if f"--{name}" in sys.argv]
    arguments = getResolvedOptions(sys.argv, [*names, *optional])
    manifest = extract(
        session=boto3.session.Session(),
        connection_name=arguments["connection_name"],
        query=arguments["query"],
        window=parse_window(arguments["date_from"], arguments["date_to"]),
        destination=arguments["destination"],
        limits=Limits(),
        statement_timeout_seconds=60 * int(arguments.get("statement_timeout_minutes", STATEMENT_TIMEOUT_MINUTES)),
    )
    sys.stdout.write(json.dumps(manifest) + "\n")


if __name__ == "__main__":
    main()
