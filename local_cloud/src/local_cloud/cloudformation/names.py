"""Names that are taken: CloudFormation adopts nothing that exists, even where the service's own call would.

Reference: https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract.html, "a create
handler must return FAILED with an AlreadyExists error code, if the resource already existed". The words are those of
AWS's resource handlers; types whose own words are not known here may have others.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import ClientError

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Properties, ResourceType

# The calls that give a resource its name; what others say to exist already is a part of it.
_NAMING = ("Create", "PutParameter")


def given(resource_type: ResourceType, properties: Properties) -> str | None:
    """The name that a template gives a resource, None for a generated one.

    Args:
        resource_type: of the resource.
        properties: resolved.
    """
    value: object = properties
    for part in (resource_type.named or "").split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return str(value) if value else None


@contextmanager
def only_new(resource_type: ResourceType, context: Context, properties: Properties) -> Iterator[None]:
    """Within, a resource is made; a name that is taken fails it.

    Args:
        resource_type: of the resource.
        context: of the resource.
        properties: resolved.

    Raises:
        ResourceFailure: something has the name.
    """
    name = given(resource_type, properties)
    if name and resource_type.taken and resource_type.taken(context, properties):
        raise _already_exists(resource_type, name)
    try:
        yield
    except ClientError as error:
        # Services have a code each for it, but all of them say it.
        if name and error.operation_name.startswith(_NAMING) and "already exist" in str(error):
            raise _already_exists(resource_type, name) from error
        raise


def refuse_replacement(resource_type: ResourceType, old: Properties, new: Properties) -> None:
    """Refuse to make a resource anew under the name that it has.

    Reference: https://repost.aws/knowledge-center/cloudformation-custom-name

    Raises:
        ResourceFailure: the name is the template's, and the same as before.
    """
    name = given(resource_type, new)
    if name and name == given(resource_type, old):
        raise ResourceFailure(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
            f"Rename {name} and update the stack again."
        )


def _already_exists(resource_type: ResourceType, name: str) -> ResourceFailure:
    if resource_type.words:
        return ResourceFailure(resource_type.words.format(name=name))
    return ResourceFailure(
        f"Resource handler returned message: \"Resource of type '{resource_type.name}' with identifier '{name}' "
        f'already exists." (RequestToken: {uuid.uuid4()}, HandlerErrorCode: AlreadyExists)'
    )
