"""Which objects a channel brings to a host, and in which order.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html (manifests, shards)
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ShuffleConfig.html
"""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import job_files, s3_uri
from local_cloud.services.sagemaker.job_files import Item
from local_cloud.services.sagemaker.s3_uri import S3UriError


class ManifestError(LocalCloudError):
    """What S3Uri of a channel names is no manifest."""


@dataclass(frozen=True, kw_only=True)
class Shards:
    """What one host gets of a channel.

    AWS gives each instance "approximately 1/n of the number of S3 objects" and does not say which; here they are dealt
    out in turn.

    Args:
        items: all objects of the channel, in the order of their keys or of the manifest.
        seed: of ShuffleConfig, None for that order.
        number: of the host, from 0.
        hosts: among how many the objects are divided.
    """

    items: Sequence[Item]
    seed: int | None
    number: int
    hosts: int

    @classmethod
    def of(cls, client: Any, channel: Mapping[str, Any], *, number: int, hosts: int) -> Self:
        """Look the objects up.

        Args:
            client: of S3, with the job's role.
            channel: an item of InputDataConfig.
            number: of the host, from 0.
            hosts: how many there are.

        Raises:
            ManifestError: the manifest is none.
            MissingInputError: there are no objects.
            botocore.exceptions.ClientError: the role may not read it.
        """
        source = channel["DataSource"]["S3DataSource"]
        is_manifest = source["S3DataType"] == "ManifestFile"
        is_divided = source.get("S3DataDistributionType") == "ShardedByS3Key"
        return cls(
            items=(_of_manifest if is_manifest else job_files.some_below)(client, source["S3Uri"]),
            seed=(channel.get("ShuffleConfig") or {}).get("Seed"),
            number=number if is_divided else 0,
            hosts=hosts if is_divided else 1,
        )

    def epoch(self, number: int) -> list[Item]:
        """What it gets in an epoch, which is counted from 0; a folder is of the first one."""
        found = list(self.items)
        if self.seed is not None:
            random.Random(f"{self.seed}/{number}").shuffle(found)  # noqa: S311  # the same order for the same seed
        return found[self.number :: self.hosts]


def _of_manifest(client: Any, uri: str) -> list[Item]:
    bucket, key = s3_uri.split(uri)
    content = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    try:
        manifest = json.loads(content)
    except ValueError as error:
        raise ManifestError(f"the manifest {uri} is no JSON: {error}") from error
    first, *found = manifest if isinstance(manifest, list) and manifest else [None]
    if not isinstance(first, dict) or set(first) != {"prefix"} or not isinstance(first["prefix"], str):
        raise ManifestError(f'the manifest {uri} must be a list that begins with {{"prefix": "s3://bucket/..."}}')
    names = [name for name in found if isinstance(name, str) and name]
    if not names or len(names) < len(found):
        raise ManifestError(f"the manifest {uri} must name an object in each item behind its prefix")
    try:
        place, prefix = s3_uri.split(first["prefix"])
    except S3UriError as error:
        raise ManifestError(f"the manifest {uri} has no usable prefix: {error}") from error
    return [Item(bucket=place, key=f"{prefix}{name}", below=name.lstrip("/")) for name in names]
