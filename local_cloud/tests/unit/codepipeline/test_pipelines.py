"""What is remembered of a pipeline is made once."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from local_cloud.services.codepipeline import pipelines
from local_cloud.services.codepipeline.records import Pipeline


def test_a_second_caller_waits_while_the_first_one_makes_what_both_get(monkeypatch: pytest.MonkeyPatch) -> None:
    free, kept = list[bool](), SimpleNamespace()

    def made(**of: Any) -> Pipeline:
        with ThreadPoolExecutor() as others:
            free.append(others.submit(pipelines.making.acquire, blocking=False).result())
        return Pipeline(**of)

    monkeypatch.setattr(pipelines, "definition", lambda *_: kept)
    monkeypatch.setattr(pipelines, "Pipeline", made)
    first, second = (pipelines.find("111111111111", "us-east-1", "p") for _ in range(2))

    assert first.lock is second.lock
    assert free == [False]
