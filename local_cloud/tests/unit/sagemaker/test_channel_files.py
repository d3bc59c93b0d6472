"""Which objects a host gets of a channel, and what is a manifest."""

import io
import json
from typing import Any

import pytest

from local_cloud.services.sagemaker.channel_files import ManifestError, Shards

KEYS = ("a", "b", "c", "d", "e")


class Bucket:
    """The part of S3 that channels call."""

    def __init__(self, manifest: bytes = b"") -> None:
        self._manifest = manifest

    def get_paginator(self, _: str) -> "Bucket":
        return self

    def paginate(self, *, Prefix: str, **_: str) -> list[dict[str, Any]]:  # noqa: N803  # boto3's names
        return [{"Contents": [{"Key": f"{Prefix}{key}"} for key in KEYS]}]

    def get_object(self, **_: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self._manifest)}


def _channel(kind: str = "S3Prefix", *, divided: bool = False, **more: Any) -> dict[str, Any]:
    distribution = "ShardedByS3Key" if divided else "FullyReplicated"
    source = {"S3DataType": kind, "S3Uri": "s3://bucket/in/", "S3DataDistributionType": distribution}
    return {"ChannelName": "train", "DataSource": {"S3DataSource": source}, **more}


def _keys(channel: dict[str, Any], *, number: int = 0, hosts: int = 1, epoch: int = 0) -> list[str]:
    found = Shards.of(Bucket(), channel, number=number, hosts=hosts).epoch(epoch)
    return [item.key.removeprefix("in/") for item in found]


def test_every_object_comes_to_one_host_and_every_host_gets_about_as_many() -> None:
    shards = [_keys(_channel(divided=True), number=number, hosts=3) for number in range(3)]
    assert sorted(key for shard in shards for key in shard) == list(KEYS)
    # "approximately 1/n of the number of S3 objects"
    assert {len(shard) for shard in shards} == {1, 2}


def test_hosts_that_share_nothing_get_everything() -> None:
    assert [_keys(_channel(), number=number, hosts=2) for number in range(2)] == [list(KEYS)] * 2


def test_more_hosts_than_objects_leave_some_without_any() -> None:
    assert _keys(_channel(divided=True), number=5, hosts=6) == []


def test_a_seed_gives_each_epoch_an_order_of_its_own_and_the_same_again() -> None:
    shuffled = _channel(ShuffleConfig={"Seed": 3})
    orders = [_keys(shuffled, epoch=epoch) for epoch in range(8)]
    assert {tuple(sorted(order)) for order in orders} == {KEYS}
    assert len({tuple(order) for order in orders}) > 1
    assert orders == [_keys(shuffled, epoch=epoch) for epoch in range(8)]


def test_shards_of_a_shuffled_channel_are_a_whole_in_each_epoch() -> None:
    # "the content sent to a particular node on the first epoch might be sent to a different node on the second epoch"
    channel = _channel(divided=True, ShuffleConfig={"Seed": 3})
    epochs = [[_keys(channel, number=number, hosts=2, epoch=epoch) for number in range(2)] for epoch in range(4)]
    assert all(sorted([*first, *second]) == list(KEYS) for first, second in epochs)
    assert len({frozenset(first) for first, _ in epochs}) > 1


def test_a_manifest_is_a_prefix_and_what_follows_it() -> None:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
    manifest = [{"prefix": "s3://customer/some/prefix/"}, "relative/path/to/custdata-1", "relative/path/custdata-2"]
    found = Shards.of(Bucket(json.dumps(manifest).encode()), _channel("ManifestFile"), number=0, hosts=1).epoch(0)
    assert [(item.bucket, item.key, item.below) for item in found] == [
        ("customer", "some/prefix/relative/path/to/custdata-1", "relative/path/to/custdata-1"),
        ("customer", "some/prefix/relative/path/custdata-2", "relative/path/custdata-2"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "is no JSON"),
        ("[]", "must be a list that begins with"),
        ('["a"]', "must be a list that begins with"),
        ('{"prefix": "s3://b/"}', "must be a list that begins with"),
        ('[{"prefix": "s3://b/"}]', "must name an object in each item"),
        ('[{"prefix": "s3://b/"}, 1]', "must name an object in each item"),
        ('[{"prefix": "b/"}, "a"]', "has no usable prefix"),
    ],
)
def test_what_is_no_manifest_is_refused(content: str, said: str) -> None:
    with pytest.raises(ManifestError, match=said):
        Shards.of(Bucket(content.encode()), _channel("ManifestFile"), number=0, hosts=1)
