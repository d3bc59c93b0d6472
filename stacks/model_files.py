"""The files that models name, scripts and queries, as assets."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import final

from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as s3_assets
from constructs import Construct

from config.algorithm import Code
from stacks import script_archives

_COMPILED = ["**/__pycache__", "**/*.pyc"]


@final
class ModelFiles:
    """Make an asset of each file that is asked for, once.

    Args:
        scope: parent of the assets.
        scripts: folder of the models' ETL scripts.
        library: folder of what the scripts import.
        queries: folder of the models' queries.
        training_source: folder of what runs in the containers.
        isolated: accounts whose containers reach no package index.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        scripts: Path,
        library: Path,
        queries: Path,
        training_source: Path,
        isolated: Sequence[str] = (),
    ) -> None:
        self._isolated = isolated
        self._scope = scope
        self._scripts = scripts
        self._queries = queries
        self._training_source = training_source
        self._assets: dict[Path, s3_assets.Asset] = {}
        # Deleted with this object; an asset is copied into the cloud assembly when it is made.
        self._archives = tempfile.TemporaryDirectory(prefix="perennial-scripts-")
        # A folder becomes a .zip, from which Python imports.
        self._library = s3_assets.Asset(scope, "EtlLibrary", path=str(library), exclude=_COMPILED)

    @property
    def hashes(self) -> list[str]:
        """Of all files so far, sorted; the names of their objects begin with them."""
        return sorted({asset.asset_hash for asset in (self._library, *self._assets.values())})

    @property
    def library_uri(self) -> str:
        """S3 URI of what the scripts import."""
        return self._library.s3_object_url

    @property
    def bucket(self) -> s3.IBucket:
        """Where all of them are."""
        return self._library.bucket

    def script_uri(self, name: str) -> str:
        """S3 URI of a script.

        Raises:
            ValueError: there is no such file.
        """
        return self._uri(self._scripts / name, construct_id=f"EtlScript-{Path(name).stem}", field="etl.script")

    def evaluation_uri(self, name: str) -> str:
        """S3 URI of an algorithm's evaluation, a script or a folder below the folder of what runs in containers.

        Raises:
            ValueError: there is no such file.
        """
        construct_id = f"EvaluationScript-{name.removesuffix('.py').replace('/', '-')}"
        return self._uri(self._training_source / name, construct_id=construct_id, field="the algorithm's evaluation")

    def code_uri(self, code: Code, *, on_gpu: bool = False) -> str:
        """S3 URI of the archive of a training script and what belongs to it.

        Args:
            code: the script.
            on_gpu: whether the image for GPUs runs it.

        Raises:
            ValueError: the folder does not have what the script needs.
        """
        folder = self._training_source / code.folder
        bare = on_gpu and code.only_without_gpu
        construct_id = f"TrainingScript-{code.folder.replace('/', '-')}{'-OnGpu' if bare else ''}"
        target = Path(self._archives.name) / f"{construct_id}.tar.gz"
        if target not in self._assets:
            packed = script_archives.pack(folder, code, isolated=self._isolated, without_requirements=bare)
            target.write_bytes(packed)
            self._assets[target] = s3_assets.Asset(self._scope, construct_id, path=str(target))
        return self._assets[target].s3_object_url

    def check_shared(self, code: Code) -> None:
        """Check that models of a script may lie behind one endpoint.

        Raises:
            ValueError: what answers needs packages that are not installed there.
        """
        script_archives.check_shared(self._training_source / code.folder)

    def query_uri(self, name: str) -> str:
        """S3 URI of a query.

        Raises:
            ValueError: there is no such file.
        """
        return self._uri(self._queries / name, construct_id=f"Query-{Path(name).stem}", field="source.query")

    def _uri(self, path: Path, *, construct_id: str, field: str) -> str:
        if not path.exists():
            raise ValueError(f"{path} does not exist; add it to {path.parent.name}/ or correct {field}")
        if path not in self._assets:
            self._assets[path] = s3_assets.Asset(self._scope, construct_id, path=str(path), exclude=_COMPILED)
        return self._assets[path].s3_object_url
