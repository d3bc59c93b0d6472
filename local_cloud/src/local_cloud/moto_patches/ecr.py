"""Faults of moto's ECR."""

import json
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    images()


@patching.owner
def images() -> None:
    """PutImage into a missing repository, or of a manifest that is no JSON, ends in an error of Python."""
    from moto.ecr.exceptions import InvalidParameterException, RepositoryNotFoundException
    from moto.ecr.models import ECRBackend

    put = ECRBackend.put_image

    def put_image(self: Any, repository_name: str, image_manifest: str, *rest: Any, **named: Any) -> Any:
        if repository_name not in self.repositories:
            raise RepositoryNotFoundException(repository_name, self.account_id)
        try:
            is_manifest = isinstance(json.loads(image_manifest), dict)
        except ValueError:
            is_manifest = False
        if not is_manifest:
            raise InvalidParameterException(
                "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
            )
        return put(self, repository_name, image_manifest, *rest, **named)

    patching.replace(ECRBackend, "put_image", put_image)
