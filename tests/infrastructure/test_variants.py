"""The configurations that security checks look at, in a repository whose config/ is not the example fleet."""

from dataclasses import replace

from config.loader import CONFIG_DIR, load
from tests.infrastructure import variants

# Of the example that has a model of each family.
_FAMILIES = ("passengers", "reviews", "salary")


def test_docs_security_is_about_one_fleet() -> None:
    example = load()
    accounts = example.accounts.model_dump() | {"app": "acme", "region": "eu-west-1"}
    own = replace(example, accounts=type(example.accounts).model_validate(accounts), models=example.models[:1])

    found = variants.configurations(own=own)

    assert {name for name, config in found.items() if config.accounts.app != "acme"} == {variants.EXAMPLE}
    assert {name for name, config in found.items() if config.accounts.region != "eu-west-1"} == {variants.EXAMPLE}
    assert [model.name for model in found["everything"].models] == [own.models[0].name, "from-warehouse", *_FAMILIES]


def test_a_fleet_without_models_can_have_everything_too() -> None:
    found = variants.configurations(own=replace(load(), models=()))
    assert [model.name for model in found["everything"].models] == ["from-warehouse", *_FAMILIES]


def test_the_same_fleet_in_another_folder_is_no_other_configuration() -> None:
    assert variants.configurations(own=replace(load(), queries=CONFIG_DIR)).keys() == {"as configured", "everything"}
