"""Which objects a channel brings to a host, and in which order.

References:
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html (manifests, shards)
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ShuffleConfig.html
"""

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import job_files, s3_uri
from local_cloud.services.sagemaker.job_files import Item
from local_cloud.services.sagemaker.s3_uri import S3UriError


class ManifestError(LocalCloudError):
    """What S3Uri of a channel names is no manifest."""


def of(client: Any, channel: Mapping[str, Any]) -> list[Item]:
    """All objects of a channel, in the order of their keys or of the manifest.

    Args:
        client: of S3, with the job's role.
        channel: an item of InputDataConfig.

    Raises:
        ManifestError: the manifest is none.
        MissingInputError: there are none.
        botocore.exceptions.ClientError: the role may not read it.
    """
    source = channel["DataSource"]["S3DataSource"]
    if source["S3DataType"] == "ManifestFile":
        return _of_manifest(client, source["S3Uri"])
    return job_files.some_below(client, source["S3Uri"])


def shard(items: Sequence[Item], channel: Mapping[str, Any], *, number: int, hosts: int, epoch: int = 0) -> list[Item]:
    """What one host gets of a channel, in its order.

    AWS gives each instance "approximately 1/n of the number of S3 objects" and does not say which; here they are dealt
    out in turn.

    Args:
        items: all objects of the channel.
        channel: an item of InputDataConfig.
        number: of the host, from 0.
        hosts: how many there are.
        epoch: how often a pipe was read before; the order is another one each time.
    """
    shuffle, found = channel.get("ShuffleConfig"), list(items)
    if shuffle:
        random.Random(f"{shuffle['Seed']}/{epoch}").shuffle(found)  # noqa: S311  # the same order for the same seed
    if channel["DataSource"]["S3DataSource"].get("S3DataDistributionType") == "ShardedByS3Key":
        return found[number::hosts]
    return found


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
