"""What the hook of a repository tells whoever pushes."""

import io
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError

import pytest

from local_cloud.services.repositories import hook


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TimeoutError("timed out"), "the local cloud did not answer within 60 s"),
        (URLError(TimeoutError("timed out")), "the local cloud did not answer within 60 s"),
        (URLError(ConnectionRefusedError(111, "refused")), "no local cloud runs here"),
    ],
)
def test_a_server_that_is_busy_is_not_one_that_is_not_there(
    error: OSError, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def open_(*_: object, **__: object) -> None:
        raise error

    (tmp_path / "endpoint").write_text("http://127.0.0.1:1", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["hook.py", str(tmp_path)])
    monkeypatch.setattr("sys.stdin", io.StringIO("a b refs/heads/main\n"))
    monkeypatch.setattr(urllib.request, "build_opener", lambda *_: SimpleNamespace(open=open_))

    hook.main()

    assert capsys.readouterr().err.startswith(told)
