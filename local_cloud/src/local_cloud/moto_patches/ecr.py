"""Faults of moto's ECR."""

import hashlib
import inspect
import json
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    digests()
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

    patching.replace(ECRBackend, "put_image", put_image, after="moto_patches.ecr.digests")


@patching.owner
def digests() -> None:
    """An image has any digest that is sent with it, and else one of its layers; it is its manifest's.

    Reference: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
    """
    from moto.ecr.exceptions import ValidationException
    from moto.ecr.models import ECRBackend

    put = ECRBackend.put_image

    signature = inspect.signature(put)

    def put_image(self: Any, *positional: Any, **named: Any) -> Any:
        given = signature.bind(self, *positional, **named)
        digest, image_manifest = given.arguments.get("digest"), given.arguments["image_manifest"]
        found = f"sha256:{hashlib.sha256(image_manifest.encode()).hexdigest()}"
        if digest and digest != found:
            raise ValidationException(
                "ImageDigestDoesNotMatchException", f"The digest of the manifest is {found}, not {digest}."
            )
        given.arguments["digest"] = found
        return put(*given.args, **given.kwargs)

    patching.replace(ECRBackend, "put_image", put_image)
