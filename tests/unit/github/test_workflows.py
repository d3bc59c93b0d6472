""".github/: what runs there, in which order, and with whose permissions. No runner of GitHub is needed to read it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.loader import load
from contract.names import STACK_NAMES
from tests.conftest import ROOT
from tests.infrastructure import github_roles

_FOLDER = ROOT / ".github"
_WORKFLOWS = sorted((_FOLDER / "workflows").glob("*.yml"))
_ACTIONS = sorted((_FOLDER / "actions").glob("*/action.yml"))
_PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}")
# Written by whoever opens a pull request or pushes a branch; in a script they would be code.
_UNTRUSTED = re.compile(r"\$\{\{[^}]*\b(github\.(event|head_ref|ref_name)|inputs|vars)\b[^}]*\}\}")


def _read(path: Path) -> dict[str, Any]:
    # YAML 1.1 takes the key `on` for a truth value; the base loader takes everything for text.
    return dict(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506  # builds texts only


@pytest.fixture(scope="module")
def jobs() -> dict[str, dict[str, Any]]:
    return dict(_read(_FOLDER / "workflows" / "deploy.yml")["jobs"])


def _steps() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in _WORKFLOWS:
        for job in _read(path)["jobs"].values():
            yield from ((path, step) for step in job["steps"])
    for path in _ACTIONS:
        yield from ((path, step) for step in _read(path)["runs"]["steps"])


@pytest.mark.parametrize(("schema", "paths"), [("github-workflows", _WORKFLOWS), ("github-actions", _ACTIONS)])
def test_files_are_what_github_takes(schema: str, paths: list[Path]) -> None:
    assert paths
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    used = {str(step["uses"]) for _, step in _steps() if "uses" in step}
    local = {name for name in used if name.startswith("./")}
    assert {name for name in used - local if not _PINNED.fullmatch(name)} == set()
    assert {ROOT / name / "action.yml" for name in local} == set(_ACTIONS)


def test_a_pin_says_which_version_it_is() -> None:
    for path in (*_WORKFLOWS, *_ACTIONS):
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line and "@" in line:
                assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), f"{path}: {line}"


def test_no_secret_is_stored_anywhere() -> None:
    for path in (*_WORKFLOWS, *_ACTIONS):
        text = path.read_text(encoding="utf-8")
        assert "secrets." not in text
        assert "aws-access-key-id" not in text


def test_no_foreign_text_becomes_code() -> None:
    for path, step in _steps():
        assert not _UNTRUSTED.search(step.get("run", "")), f"{path}: {step}"


def test_checkouts_keep_no_credentials() -> None:
    for path, step in _steps():
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step.get("with", {}).get("persist-credentials") == "false", path


@pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)
def test_nothing_is_permitted_but_reading(path: Path) -> None:
    workflow = _read(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert "pull_request_target" not in workflow["on"]
    for name, job in workflow["jobs"].items():
        assert int(job["timeout-minutes"]) <= 90, name
        # Who may ask for a signed identity runs in an environment, which the roles' trust names.
        signs = job.get("permissions", {}).get("id-token") == "write"
        assert not signs or "environment" in job, name
        assert set(job.get("permissions", {})) <= {"contents", "id-token"}


def test_pull_requests_are_tested_without_any_identity() -> None:
    workflow = _read(_FOLDER / "workflows" / "ci.yml")
    assert set(workflow["on"]) == {"pull_request"}
    assert [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step] == ["make test"]
    assert not [job for job in workflow["jobs"].values() if "permissions" in job or "environment" in job]


def test_deployments_never_overlap_and_are_never_cut_off() -> None:
    workflow = _read(_FOLDER / "workflows" / "deploy.yml")
    assert workflow["concurrency"] == {"group": "deploy", "cancel-in-progress": "false"}
    assert workflow["on"] == {"push": {"branches": ["main"]}, "workflow_dispatch": ""}
    assert workflow["jobs"]["build"]["if"] == "github.ref == 'refs/heads/main'"


def test_the_order_is_the_pipelines(jobs: dict[str, dict[str, Any]]) -> None:
    needs = {name: job.get("needs", []) for name, job in jobs.items()}
    assert needs == {
        "build": [],
        "sandbox": "build",
        "qa": "sandbox",
        "review": "qa",
        "confirm": "review",
        "prod": ["review", "confirm"],
    }
    runs = [step["run"] for step in jobs["build"]["steps"] if "run" in step]
    assert runs == ["make test", "make synth"]
    environments = {name: job.get("environment") for name, job in jobs.items()}
    assert environments == {
        "build": None,
        "sandbox": "sandbox",
        "qa": "qa",
        "review": "prod-review",
        "confirm": "prod-permissions",
        "prod": "prod",
    }


def test_each_account_is_deployed_and_then_proven(jobs: dict[str, dict[str, Any]]) -> None:
    for environment, stack in STACK_NAMES.items():
        (promote,) = [step for step in jobs[environment]["steps"] if step["uses"] == "./.github/actions/promote"]
        assert promote["with"]["environment"] == environment
        assert promote["with"]["stack"] == stack
    steps = _read(_FOLDER / "actions" / "promote" / "action.yml")["runs"]["steps"]
    runs = [step["run"] for step in steps if "run" in step]
    assert [line.split("python ")[1].split(" --")[0] for line in runs] == [
        'scripts/cdk.py deploy "$STACK"',
        "-m perennial smoke",
    ]


def test_prod_waits_for_a_person_when_permissions_grow_or_cannot_be_compared(jobs: dict[str, dict[str, Any]]) -> None:
    (compare,) = [step for step in jobs["review"]["steps"] if step.get("id") == "compare"]
    assert "--security-only --fail-on broadening" in compare["run"]
    assert "|| broadens=true" in compare["run"]
    assert jobs["confirm"]["if"] == "needs.review.outputs.broadens == 'true'"
    condition = " ".join(jobs["prod"]["if"].split())
    assert condition == (
        "${{ !cancelled() && needs.review.result == 'success' && "
        "(needs.review.outputs.broadens == 'false' || needs.confirm.result == 'success') }}"
    )


def test_names_and_region_are_the_configured_ones(jobs: dict[str, dict[str, Any]]) -> None:
    accounts = load().accounts
    regions = {step["with"]["aws-region"] for _, step in _steps() if "aws-region" in step.get("with", {})}
    assert regions == {accounts.region}
    asked = set()
    for path in (*_WORKFLOWS, *_ACTIONS):
        asked |= set(re.findall(r"role/([\w-]+?)-?(?:\$|\s|$)", path.read_text(encoding="utf-8")))
    assert asked == {f"{accounts.app}-github", f"{accounts.app}-pipeline-smoke", f"{accounts.app}-github-prod-review"}
    made = {role["RoleName"] for name, role in github_roles.resources().items() if name != "Provider"}
    environments = [name for name in jobs if name in STACK_NAMES]
    assert made == {
        *(f"{accounts.app}-github-{name}" for name in environments),
        *(f"{accounts.app}-pipeline-smoke-{name}" for name in environments),
        f"{accounts.app}-github-prod-review",
    }
