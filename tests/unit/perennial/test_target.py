"""What counts as a local cloud: only what answers as one, on this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from perennial.account.target import Target, is_local_cloud


@contextmanager
def server(answer: bytes, *, status: int = 200) -> Iterator[str]:
    """A server that answers so as the health of a local cloud."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the name that the base class calls
            found = status if self.path == "/_local/health" else 404
            self.send_response(found)
            self.end_headers()
            self.wfile.write(answer if found == 200 else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_local_cloud_answers_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody is asked for the way.
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with server(b'{"status": "ok"}') as url:
        assert is_local_cloud(url)
        assert is_local_cloud(f"{url.replace('127.0.0.1', 'localhost')}/")


@pytest.mark.parametrize(("answer", "status"), [(b"<html>", 200), (b"[]", 200), (b"{}", 200), (b"no", 403)])
def test_what_else_has_an_address_of_this_machine_may_lead_to_aws(answer: bytes, status: int) -> None:
    with server(answer, status=status) as url:
        assert not is_local_cloud(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://sagemaker.us-east-1.amazonaws.com",
        "http://10.0.0.1:5600",
        "http://127.0.0.1.example.com",
        "127.0.0.1:1",
    ],
)
def test_other_machines_are_not_even_asked(url: str) -> None:
    assert not is_local_cloud(url)


def test_a_closed_port_is_no_local_cloud() -> None:
    with server(b"") as url:
        pass
    assert not is_local_cloud(url)


def test_a_target_tells_account_region_and_endpoint() -> None:
    target = Target(account_id="111111111111", region="eu-west-1")
    assert str(target) == "account 111111111111, region eu-west-1, endpoint AWS"
    local = Target(account_id="111111111111", region="eu-west-1", endpoint="http://127.0.0.1:1", is_local=True)
    assert str(local).endswith("endpoint http://127.0.0.1:1 (local cloud)")
