"""What JDBC_ENFORCE_SSL and CUSTOM_JDBC_CERT do to a connection."""

from pathlib import Path

import pytest

from glue_scripts.warehouse_extract import ExtractError
from tests.integration.warehouse.conftest import BUCKET, Extracts
from tests.integration.warehouse.tls import TlsRelay, write_certificate


def _connection(extracts: Extracts, name: str, port: int, certificate: Path | None) -> str:
    cert = ""
    if certificate:
        cert = f"s3://{BUCKET}/certificates/{name}.pem"
        extracts.client("s3").put_object(Bucket=BUCKET, Key=f"certificates/{name}.pem", Body=certificate.read_bytes())
    return extracts.connection(
        name,
        JDBC_CONNECTION_URL=f"jdbc:postgresql://127.0.0.1:{port}/postgres",
        JDBC_ENFORCE_SSL="true",
        CUSTOM_JDBC_CERT=cert,
    )


def test_enforced_tls_encrypts_and_a_certificate_proves_the_server(extracts: Extracts, tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path, "127.0.0.1")
    other, other_key = write_certificate(tmp_path, "127.0.0.2")
    with TlsRelay(extracts.postgres.port, certificate, key) as relay:
        unproven = _connection(extracts, "tls-encrypted", relay.port, None)
        assert extracts.run("tls-encrypted", connection=unproven)["rows"] == 3000
        proven = _connection(extracts, "tls-proven", relay.port, certificate)
        assert extracts.run("tls-proven", connection=proven)["rows"] == 3000
        assert relay.encrypted == 2
        stranger = _connection(extracts, "tls-stranger", relay.port, other)
        with pytest.raises(ExtractError, match=r"\(sslmode verify-full\).*certificate verify failed"):
            extracts.run("tls-stranger", connection=stranger)
    with TlsRelay(extracts.postgres.port, other, other_key) as relay:
        elsewhere = _connection(extracts, "tls-elsewhere", relay.port, other)
        with pytest.raises(ExtractError, match=r"\(sslmode verify-full\).*does not match host name"):
            extracts.run("tls-elsewhere", connection=elsewhere)
    assert extracts.keys("tls-elsewhere") == []


def test_a_missing_certificate_is_named(extracts: Extracts) -> None:
    name = extracts.connection(
        "tls-missing", JDBC_ENFORCE_SSL="true", CUSTOM_JDBC_CERT=f"s3://{BUCKET}/certificates/gone.pem"
    )
    with pytest.raises(ExtractError, match=r"cannot read s3://warehouse-extracts/certificates/gone\.pem"):
        extracts.run("tls-missing", connection=name)
