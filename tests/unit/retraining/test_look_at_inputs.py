"""Whatever happened before: a run that is spared its ETL would have found nothing new, and no ETL runs in vain twice."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract import keys
from contract.calls.look_at_inputs import LookAtInputs
from contract.catalogue import Etl
from retraining.handlers import look_at_inputs
from shared.adapters import clients, registry, s3, tables

_PUT = st.tuples(st.just("put"), st.sampled_from(["a", "b"]), st.sampled_from(["1\n2", "2\n1", "1", "3"]))
_DELETE = st.tuples(st.just("delete"), st.sampled_from(["a", "b"]), st.just(""))
_SCRIPT = st.tuples(st.just("script"), st.sampled_from(["s1", "s2"]), st.just(""))
_RUN = st.tuples(
    st.just("run"), st.sampled_from(["succeeds", "fails its gate", "dies in its ETL"]), st.sampled_from(["", "force"])
)
_ETL = Etl(
    script="s1",
    library="l",
    arguments={},
    worker_type="G.1X",
    number_of_workers=2,
    timeout_minutes=30,
    timeout_seconds=3600,
)
_STORIES = st.lists(st.one_of(_RUN, _PUT, _DELETE, _SCRIPT), max_size=25)


class _World:
    """Raw files, reports and the state table of one model, and runs as the workflow does them."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[str, str]] = {}
        self.script = "s1"
        self.items: dict[str, dict[str, Any]] = {}
        self.reports: dict[str, dict[str, Any]] = {}
        self.read: tuple[object, ...] = ()
        self._numbers = itertools.count()

    def put(self, name: str, text: str) -> None:
        # With SSE-KMS the same bytes may get another ETag: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
        self.files[name] = (text, f"etag {next(self._numbers)}")

    def delete(self, name: str, _: str) -> None:
        self.files.pop(name, None)
        # There is always something to read.
        self.files = self.files or {"c": ("4", "fixed")}

    def use(self, script: str, _: str) -> None:
        self.script = script

    @property
    def fingerprint(self) -> str:
        """What the ETL finds: the same for lines in another order, and another one by another script."""
        lines = sorted(line for text, _ in self.files.values() for line in text.splitlines())
        return f"{self.script} {lines}"

    def run(self, outcome: str, force: str) -> None:
        report = f"s3://b/runs/m/{next(self._numbers)}/report.json"
        asked = LookAtInputs(
            model="m",
            run_id="r",
            group="g",
            source="s3",
            raw="s3://b/raw/m/",
            report=report,
            etl=replace(_ETL, script=self.script),
            force=bool(force),
        )
        looked = look_at_inputs.lambda_handler(asked.to_json(), None)
        last = self.items.get(keys.MODEL.of("m"), {}).get("fingerprint", "")
        assert looked["last_fingerprint"] == last
        now = (dict(self.files), self.script)
        if not looked["changed"]:
            assert self.fingerprint == last
            assert not force
            return
        # What one ETL found, no other one has to find again.
        assert force or self.fingerprint != last or self.read != now
        if outcome == "dies in its ETL":
            # Only one listing is remembered, the last.
            self.read = self.read if self.read == now else ()
            return
        self.reports[report] = {"fingerprint": self.fingerprint}
        self.read = now
        if outcome == "succeeds" and (force or self.fingerprint != last):
            self.items[keys.MODEL.of("m")] = {"pk": keys.MODEL.of("m"), "fingerprint": self.fingerprint}

    def listing(self, _client: object, _uri: str) -> Iterator[tuple[str, str, int]]:
        for name, (text, etag) in sorted(self.files.items()):
            yield f"raw/m/{name}", etag, len(text)

    def write(self, _client: object, _table: str, key: str, values: Mapping[str, Any]) -> None:
        self.items[key] = {"pk": key, **values}


@given(_STORIES)
def test_the_decision_is_that_of_the_fingerprint(story: list[tuple[str, str, str]]) -> None:
    world = _World()
    world.put("a", "1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE_TABLE", "state")
        patch.setenv("ENDPOINT_NAME", "endpoint")
        patch.setattr(clients, "here", lambda: SimpleNamespace(dynamodb=None, s3=None, sagemaker=None))
        patch.setattr(registry, "candidates", lambda _client, _group, **_more: iter(()))
        patch.setattr(s3, "listing", world.listing)
        patch.setattr(s3, "exists", lambda _client, uri: uri in world.reports)
        patch.setattr(s3, "read_json", lambda _client, uri: world.reports[uri])
        patch.setattr(tables, "read_state", lambda _client, _table, key: world.items.get(key))
        patch.setattr(tables, "write_state", world.write)
        for action, first, second in story:
            {"put": world.put, "delete": world.delete, "script": world.use, "run": world.run}[action](first, second)
