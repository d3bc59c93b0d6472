"""Reads templates: JSON or YAML with short intrinsic tags, from the request or from S3."""

import json
import re
from typing import Any
from urllib.parse import unquote, urlparse

import yaml

from local_cloud.cloudformation.errors import ValidationError
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.kernel.services import backends

Template = dict[str, Any]
_VIRTUAL_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-].*amazonaws\.com$")


class _Loader(yaml.SafeLoader):
    """YAML 1.1 without timestamps, with ``!Ref`` and its like."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the only kind left
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)


def parse(body: str) -> Template:
    """Parse a template.

    Raises:
        ValidationError: it is neither JSON nor YAML, or has no resources.
        NotEmulatedError: it has a Transform.
    """
    template = _read_json(body) or _read_yaml(body)
    if not isinstance(template, dict) or not template.get("Resources"):
        raise ValidationError("Template format error: At least one Resources member must be defined.")
    if template.get("Transform"):
        raise NotEmulatedError(f"the local cloud does not emulate the Transform {template['Transform']}; leave it out")
    return template


def _read_json(body: str) -> Any:
    """None for what is no JSON. Nearly all of JSON is YAML too, but takes a hundred times as long to read so."""
    try:
        return json.loads(body)
    except json.JSONDecodeError:
        return None


def _read_yaml(body: str) -> Any:
    try:
        return yaml.load(body, Loader=_Loader)  # noqa: S506  # a subclass of SafeLoader
    except yaml.YAMLError as error:
        raise ValidationError(f"Template format error: {error}") from error


def read(url: str, *, account_id: str) -> str:
    """Fetch a TemplateURL that names an object of ours, in path or virtual-host style.

    Raises:
        ValidationError: there is no such object.
    """
    parsed = urlparse(url)
    path = unquote(parsed.path).lstrip("/")
    match = _VIRTUAL_HOST.match(parsed.hostname or "")
    bucket, key = (match["bucket"], path) if match else path.split("/", 1)
    try:
        return str(backends("s3")[account_id]["aws"].get_object(bucket, key).value.decode())
    except Exception as error:
        raise ValidationError(f"S3 error: cannot read {url}: {error}") from error
