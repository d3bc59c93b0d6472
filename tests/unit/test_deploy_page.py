"""docs/deploy.md: commands that cannot be run here at least exist, and what it says of the configuration is so."""

import re

import botocore.session
import pytest
from botocore import xform_name

from config.algorithms.xgboost import ALGORITHM
from config.loader import load
from contract.names import STACK_NAMES
from perennial import cli
from tests.conftest import ROOT
from tests.support import deploy_page

_PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
# https://docs.aws.amazon.com/cli/latest/reference/index.html#options
_OF_ALL_COMMANDS = {"query", "output", "region", "profile"}
# The one command that is no operation: https://docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy/
_DEPLOY_OPTIONS = {"stack-name", "template-file", "capabilities", "parameter-overrides"}
_PYTHON = ".venv/bin/python"


def _aws_commands() -> list[list[str]]:
    return [words for words in deploy_page.every() if words[0] == "aws"]


@pytest.mark.parametrize("words", _aws_commands(), ids=" ".join)
def test_a_command_of_the_aws_cli_exists(words: list[str]) -> None:
    _, service, command, *rest = words
    options = {word.removeprefix("--") for word in rest if word.startswith("--")} - _OF_ALL_COMMANDS
    if (service, command) == ("cloudformation", "deploy"):
        assert options <= _DEPLOY_OPTIONS
        return
    model = botocore.session.get_session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[command]).input_shape
    assert shape is not None
    assert options <= {xform_name(member, "-") for member in shape.members}
    assert {xform_name(member, "-") for member in shape.required_members} <= options


def test_every_other_command_is_one_of_ours() -> None:
    scripts = {tuple(words[:2]) for words in deploy_page.every() if words[0] == _PYTHON and words[1] != "-m"}
    assert scripts == {(_PYTHON, "scripts/cdk.py")}
    for words in deploy_page.every():
        assert words[0] in {_PYTHON, "aws"}
        if words[:3] == [_PYTHON, "-m", "perennial"]:
            cli.parser().parse_args(words[3:])


def test_the_templates_that_commands_name_have_the_parameters_that_they_set() -> None:
    for words in _aws_commands():
        if words[1:3] != ["cloudformation", "deploy"]:
            continue
        template = (ROOT / words[words.index("--template-file") + 1]).read_text(encoding="utf-8")
        given = {word.split("=")[0] for word in words if re.fullmatch(r"[A-Z]\w+=\S+", word)}
        parameters = template.split("\nParameters:\n")[1].split("\n\n")[0]
        declared = set(re.findall(r"^  (\w+):$", parameters, re.MULTILINE))
        assert given
        assert given <= declared


def test_the_quotas_are_those_of_the_configured_instances() -> None:
    config = load()
    wanted = {
        f"{settings.serving.instance_type} for endpoint usage" for settings in config.accounts.environments.values()
    }
    for model in config.models:
        kind = "spot training" if model.training.spot.enabled else "training"
        wanted.add(f"{model.training.instance_type} for {kind} job usage")
    missing = {name for name in wanted if f"| {name} |" not in _PAGE}
    assert missing == set()


def test_an_idle_month_is_the_configurations_and_adds_up() -> None:
    rows = [line.strip("|").split("|") for line in _PAGE.splitlines() if line.startswith("|") and line.count("|") == 6]
    cells = {row[0].strip(" *"): [cell.strip(" *") for cell in row[1:4]] for row in rows}
    hourly = 0.115
    for number, name in enumerate(STACK_NAMES):
        serving = load().accounts.environments[name].serving
        assert serving.instance_type == "ml.m5.large"
        endpoint = next(found[number] for title, found in cells.items() if title.startswith("endpoint: ml.m5.large"))
        assert float(endpoint) == pytest.approx(730 * hourly * serving.instance_count)
        titles = list(cells)
        parts = titles[titles.index("what") + 2 : titles.index("sum")]
        total = sum(float(cells[title][number] or 0) for title in parts)
        assert float(cells["sum"][number]) == pytest.approx(total)


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+\.md)(?:#[^)]*)?\)", _PAGE):
        assert (ROOT / "docs" / target).is_file(), target


def test_a_region_needs_an_image() -> None:
    image = ALGORITHM.images.training
    assert image is not None
    assert load().accounts.region in image.uri(load().accounts.region)
