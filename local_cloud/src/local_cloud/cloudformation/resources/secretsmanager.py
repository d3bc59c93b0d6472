"""AWS::SecretsManager::Secret."""

import json
from collections.abc import Mapping
from typing import Any

from local_cloud.cloudformation.errors import ResourceFailure
from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list

_PASSWORD = {
    "ExcludeCharacters",
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "PasswordLength",
    "RequireEachIncludedType",
}
_TEMPLATE = {"GenerateStringKey", "SecretStringTemplate"}


def _generated(client: Any, settings: Mapping[str, Any]) -> str:
    if unknown := sorted(set(settings) - _PASSWORD - _TEMPLATE):
        raise ResourceFailure(f"the local cloud does not emulate {', '.join(unknown)} of GenerateSecretString")
    given = {name for name in _TEMPLATE if settings.get(name)}
    if given and given != _TEMPLATE:
        raise ResourceFailure("GenerateSecretString needs both GenerateStringKey and SecretStringTemplate, or neither")
    password: str = client.get_random_password(**{key: settings[key] for key in _PASSWORD & set(settings)})[
        "RandomPassword"
    ]
    if not given:
        return password
    return json.dumps({**json.loads(settings["SecretStringTemplate"]), settings["GenerateStringKey"]: password})


def _value(client: Any, properties: Properties) -> dict[str, str]:
    if "SecretString" in properties and "GenerateSecretString" in properties:
        raise ResourceFailure("set SecretString or GenerateSecretString, not both")
    if "SecretString" in properties:
        return {"SecretString": properties["SecretString"]}
    if "GenerateSecretString" in properties:
        return {"SecretString": _generated(client, properties["GenerateSecretString"])}
    return {}


def _create(context: Context, properties: Properties) -> Made:
    client = context.client("secretsmanager")
    name = properties.get("Name") or context.generated_name(most=512)
    given = {key: properties[key] for key in ("Description", "KmsKeyId") if key in properties}
    arn = client.create_secret(Name=name, **_value(client, properties), **given, Tags=tag_list(properties))["ARN"]
    return Made(physical_id=arn, attributes={"Id": arn})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    client = context.client("secretsmanager")
    given = {key: new[key] for key in ("Description", "KmsKeyId") if key in new}
    value_keys = ("SecretString", "GenerateSecretString")
    # A generated value stays until the rule that made it changes: a new password would lock its users out.
    changed = any(old.get(key) != new.get(key) for key in value_keys)
    client.update_secret(SecretId=physical_id, **given, **(_value(client, new) if changed else {}))
    retag(
        old,
        new,
        put=lambda tags: client.tag_resource(SecretId=physical_id, Tags=tag_list(tags)),
        drop=lambda keys: client.untag_resource(SecretId=physical_id, TagKeys=keys),
    )
    return {"Id": physical_id}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    # Without a recovery window, so that a stack can be made again under the same name.
    context.client("secretsmanager").delete_secret(SecretId=physical_id, ForceDeleteWithoutRecovery=True)


register(
    ResourceType(
        name="AWS::SecretsManager::Secret",
        properties=frozenset({"Name", "Description", "SecretString", "GenerateSecretString", "KmsKeyId", "Tags"}),
        create_only=frozenset({"Name"}),
        named="Name",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
