"""AWS::SSM::Parameter."""

from typing import Any

from local_cloud.cloudformation.registry import Context, Made, Properties, ResourceType, register, retag, tag_list


def _create(context: Context, properties: Properties) -> Made:
    name = properties.get("Name") or context.generated_name(most=1011)
    request = {key: properties[key] for key in ("Type", "Value", "Description") if key in properties}
    context.client("ssm").put_parameter(Name=name, **request, Tags=tag_list(properties))
    return Made(physical_id=name, attributes={"Type": properties["Type"], "Value": properties["Value"]})


def _update(context: Context, physical_id: str, old: Properties, new: Properties) -> dict[str, Any]:
    request = {key: new[key] for key in ("Type", "Value", "Description") if key in new}
    client, resource = context.client("ssm"), {"ResourceType": "Parameter", "ResourceId": physical_id}
    client.put_parameter(Name=physical_id, **request, Overwrite=True)
    retag(
        old,
        new,
        put=lambda tags: client.add_tags_to_resource(**resource, Tags=tag_list(tags)),
        drop=lambda keys: client.remove_tags_from_resource(**resource, TagKeys=keys),
    )
    return {"Type": new["Type"], "Value": new["Value"]}


def _delete(context: Context, physical_id: str, _properties: Properties) -> None:
    context.client("ssm").delete_parameter(Name=physical_id)


register(
    ResourceType(
        name="AWS::SSM::Parameter",
        properties=frozenset({"Name", "Type", "Value", "Description", "Tags"}),
        create_only=frozenset({"Name"}),
        named="Name",
        create=_create,
        update=_update,
        delete=_delete,
    )
)
