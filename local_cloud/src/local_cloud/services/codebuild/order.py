"""What a build is started with, by whoever starts it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class PipelineArtifact:
    """An artifact that CodePipeline hands to a build, or takes from it: a zip archive in S3.

    Args:
        name: as the pipeline calls it; also the identifier of a secondary source or artifact.
        bucket: where it lies.
        key: of the object.
        encryption_key: of the pipeline's store; None for the bucket's own default.
    """

    name: str
    bucket: str
    key: str
    encryption_key: str | None


@dataclass(frozen=True, kw_only=True)
class BuildOrder:
    """Start one build of a project.

    Args:
        account_id: of the project.
        region: of the project.
        project: its name.
        initiator: ``codepipeline/<pipeline>``, or who called StartBuild.
        overrides: StartBuild's members that override the project's, as its request has them.
        inputs: CodePipeline's, the primary source first; empty for a build that no pipeline started.
        outputs: CodePipeline's, the primary artifact first.
        source_version: of a pipeline's primary source (``CODEBUILD_RESOLVED_SOURCE_VERSION``); None for none.
    """

    account_id: str
    region: str
    project: str
    initiator: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[PipelineArtifact, ...] = ()
    outputs: tuple[PipelineArtifact, ...] = ()
    source_version: str | None = None
