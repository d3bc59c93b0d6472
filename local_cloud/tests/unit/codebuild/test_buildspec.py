"""Build specifications: what is read, what AWS refuses, what is refused by name."""

from typing import Any

import pytest
import yaml

from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.codebuild import buildspec, patterns
from local_cloud.services.codebuild.errors import PhaseError


def _parse(**changes: Any) -> buildspec.BuildSpec:
    return buildspec.parse(yaml.safe_dump({"version": 0.2, "phases": {}, **changes}))


def test_every_scalar_is_the_text_that_stands_there() -> None:
    found = buildspec.parse(
        "version: 0.2\nenv:\n  shell: bash\n  variables: {A: 1, B: yes, C: 1.10, D: ~, E: 2026-01-01, F: }\n"
        "phases:\n  install:\n    runtime-versions: {python: 3.10}\n  build:\n    commands: echo one\n"
    )

    assert found.variables == {"A": "1", "B": "yes", "C": "1.10", "D": "~", "E": "2026-01-01", "F": ""}
    assert found.runtimes == {"python": "3.10"}
    assert found.phases["build"].commands == ("echo one",)
    assert (found.version, found.shell) == ("0.2", "bash")


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 0.3},
        {"phases": None},
        {"phases": {"test": {}}},
        {"phases": {"build": {"command": ["a"]}}},
        {"phases": {"build": {"commands": [{"a": "b"}]}}},
        {"phases": {"build": {"runtime-versions": {"python": "3.11"}}}},
        {"phases": {"build": {"on-failure": "IGNORE"}}},
        {"env": {"shell": "zsh"}},
        {"env": {"variable": {"A": "b"}}},
        {"env": {"variables": {"A": ["b"]}}},
        {"artifacts": {"name": "a"}},
        {"artifacts": {"files": ["a"], "base_directory": "b"}},
        {"output": {}},
    ],
)
def test_what_is_wrong_is_an_error_of_the_file(changes: dict[str, Any]) -> None:
    with pytest.raises(PhaseError) as wrong:
        _parse(**changes)

    assert wrong.value.code == "YAML_FILE_ERROR"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"batch": {"build-list": []}}, "batch"),
        ({"reports": {"a": {}}}, "reports"),
        ({"proxy": {"logs": "yes"}}, "proxy"),
        ({"run-as": "root"}, "run-as"),
        ({"phases": {"build": {"run-as": "root"}}}, "run-as"),
        ({"phases": {"build": {"on-failure": "RETRY-2"}}}, "RETRY-2"),
        ({"env": {"git-credential-helper": "yes"}}, "git-credential-helper"),
        ({"artifacts": {"files": ["a"], "enable-symlinks": "yes"}}, "enable-symlinks"),
        ({"cache": {"paths": ["a"], "key": "k"}}, "key"),
    ],
)
def test_what_is_not_covered_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(NotEmulatedError, match=named):
        _parse(**changes)

    assert named in str(buildspec.refusal(yaml.safe_dump({"version": 0.2, "phases": {}, **changes})))


@pytest.mark.parametrize("text", ["buildspec.yml", "ci/build.yaml", "arn:aws:s3:::bucket/buildspec.yml", None])
def test_the_path_of_a_file_is_no_specification(text: str | None) -> None:
    assert buildspec.refusal(text) is None


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [
        ("**/*", {"a.txt", "b/c.txt", "b/d/e.json"}),
        ("*", {"a.txt"}),
        ("b/*", {"b/c.txt"}),
        ("b/**/*", {"b/c.txt", "b/d/e.json"}),
        ("**/*.txt", {"a.txt", "b/c.txt"}),
        ("?.txt", {"a.txt"}),
        ("./a.txt", {"a.txt"}),
        ("b", set()),
        ("axtxt", set()),
    ],
)
def test_patterns_of_files(pattern: str, matched: set[str]) -> None:
    files = ("a.txt", "b/c.txt", "b/d/e.json")

    assert {name for name in files if patterns.compiled(pattern).fullmatch(name)} == matched
