"""Pipelines that poll an object of S3, as those do whose source does not say otherwise.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-S3.html
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from moto.s3.models import FakeDeleteMarker

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.kernel.services import backends
from local_cloud.services.codepipeline import pipelines
from local_cloud.services.codepipeline.push_triggers import Start, Started, sources
from local_cloud.services.codepipeline.trigger import SourceOverride, Trigger

_log = logging.getLogger(__name__)
# Of a pipeline's source: account, region, pipeline, action.
_Key = tuple[str, str, str, str]


class Poller:
    """Knows which version of each object was seen last.

    Args:
        start: starts an execution.
    """

    def __init__(self, start: Start) -> None:
        self._start = start
        self._seen: dict[_Key, str] = {}

    def look(self) -> None:
        """Start the pipelines whose object has another version than before."""
        found = dict(_versions())
        seen: dict[_Key, str] = {}
        for key, version in found.items():
            before = self._seen[key] if key in self._seen else _taken(key, version)
            if before is None:
                continue
            seen[key] = version or before
            if version and version != before:
                self._begin(_started(key, version))
        self._seen = seen

    def _begin(self, order: Started) -> None:
        try:
            self._start(order)
        except LocalCloudError as error:
            # As on AWS nobody else hears of it; the other pipelines are looked at all the same.
            _log.warning("a new version of its object does not start %s: %s", order.pipeline, error)


def _taken(key: _Key, version: str) -> str | None:
    """What a pipeline has taken before the first look at its object; None while that is not known.

    A pipeline begins with an execution of its own; and a server may have been stopped when a version came.
    """
    account, region, pipeline, action = key
    executions = list(pipelines.find(account, region, pipeline).executions.values())
    runs = [run for each in executions for run in each.source_runs() if run.declaration.name == action]
    revisions = [run.revision.id for run in runs if run.revision]
    if revisions:
        return version if version in revisions else revisions[-1]
    is_pulling = not executions or (executions[-1].is_under_way and not any(run.status == "Failed" for run in runs))
    return None if is_pulling else version


def _started(key: _Key, version: str) -> Started:
    account, region, pipeline, action = key
    return Started(
        account_id=account,
        region=region,
        pipeline=pipeline,
        trigger=Trigger(type="PollForSourceChanges", detail=action),
        overrides=(SourceOverride(action=action, type="S3_OBJECT_VERSION_ID", value=version),),
    )


def _versions() -> Iterator[tuple[_Key, str]]:
    for account, regions in list(dict.items(backends("codepipeline"))):
        for region, backend in list(dict.items(regions)):
            for found in list(backend.pipelines.values()):
                for action in sources(found.pipeline):
                    version = _version(action)
                    if version is not None:
                        yield (account, region, found.pipeline["name"], action["name"]), version


def _version(action: Mapping[str, Any]) -> str | None:
    """Of the object of a source that polls, empty for one that is not there; None for another source."""
    given = action.get("configuration") or {}
    if action["actionTypeId"].get("provider") != "S3" or str(given.get("PollForSourceChanges", "")).lower() == "false":
        return None
    all_of_s3 = backends("s3")
    partition, owner = all_of_s3.bucket_accounts.get(given.get("S3Bucket"), (None, None))
    bucket = all_of_s3[owner][partition].buckets.get(given.get("S3Bucket")) if owner else None
    key = bucket.keys.get(given.get("S3ObjectKey")) if bucket is not None else None
    # The marker of an object that was deleted has a version too.
    return "" if isinstance(key, FakeDeleteMarker) else str(getattr(key, "version_id", None) or "")
