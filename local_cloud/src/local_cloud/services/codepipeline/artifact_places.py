"""Where the artifacts of an execution lie.

Reference: https://docs.aws.amazon.com/codepipeline/latest/userguide/welcome-introducing-artifacts.html shows such keys:
the first 20 characters of the pipeline's name, the first 10 of the artifact's, and seven random ones.
"""

import secrets
import string

from local_cloud.services.codepipeline.action import Artifact
from local_cloud.services.codepipeline.declarations import ArtifactStore

_PIPELINE, _ARTIFACT, _RANDOM = 20, 10, 7
_ALPHABET = string.ascii_letters + string.digits


def place(name: str, *, pipeline: str, store: ArtifactStore) -> Artifact:
    """A new place for an artifact.

    Args:
        name: of the artifact.
        pipeline: name of the pipeline.
        store: of the pipeline.
    """
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return Artifact(
        name=name,
        bucket=store.bucket,
        key=f"{pipeline[:_PIPELINE]}/{name[:_ARTIFACT]}/{random}",
        encryption_key=store.encryption_key,
    )
