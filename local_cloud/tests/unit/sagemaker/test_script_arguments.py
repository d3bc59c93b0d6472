"""Hyperparameters as arguments and variables: the examples of AWS's sagemaker-training toolkit.

https://github.com/aws/sagemaker-training-toolkit/blob/master/test/unit/test_mapping.py
"""

from typing import Any

import pytest

from local_cloud.containers.sagemaker import script_arguments


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"da-sh": "1", "un_der": "2", "un-sh": "3", "da_der": "2"},
            ["--da-sh", "1", "--da_der", "2", "--un-sh", "3", "--un_der", "2"],
        ),
        ({}, []),
        ({"": ""}, ["", ""]),
        ({"unicode": "¡ø", "floats": 4.0, "int": 2}, ["--floats", "4.0", "--int", "2", "--unicode", "¡ø"]),
        ({"U": "1", "b": "2", "T": "", "": "42"}, ["", "42", "-T", "", "-U", "1", "-b", "2"]),
        ({"nested": ["1", ["2", "3", [["6"]]]]}, ["--nested", "['1', ['2', '3', [['6']]]]"]),
        (
            {"map": {"a": [1, 3, 4]}, "channel_dirs": {"train": "foo", "eval": "bar"}},
            ["--channel_dirs", "eval=bar,train=foo", "--map", "a=[1, 3, 4]"],
        ),
        ({"truthy": True, "falsy": False}, ["--falsy", "False", "--truthy", "True"]),
        ({"nothing": None}, ["--nothing", ""]),
    ],
)
def test_arguments(values: dict[str, Any], words: list[str]) -> None:
    assert script_arguments.arguments(values) == words


@pytest.mark.parametrize(
    ("values", "variables"),
    [
        (
            {"model_dir": "/opt/ml/model", "OUTPUT_DIR": "/opt/ml/output"},
            {"SM_MODEL_DIR": "/opt/ml/model", "SM_OUTPUT_DIR": "/opt/ml/output"},
        ),
        ({}, {}),
        ({"": None}, {"": ""}),
        (
            {"floats": 4.0, "int": 2, "unicode": "¡ø"},
            {"SM_FLOATS": "4.0", "SM_INT": "2", "SM_UNICODE": "¡ø"},
        ),
        ({"nested": ["1", ["2", "3", [["6"]]]]}, {"SM_NESTED": '["1",["2","3",[["6"]]]]'}),
        (
            {"channel_dirs": {"eval": "bar", "train": "foo"}, "map": {"a": [1, 3, 4]}},
            {"SM_CHANNEL_DIRS": '{"eval":"bar","train":"foo"}', "SM_MAP": '{"a":[1,3,4]}'},
        ),
        ({"truthy": True, "falsy": False}, {"SM_FALSY": "false", "SM_TRUTHY": "true"}),
    ],
)
def test_variables(values: dict[str, Any], variables: dict[str, str]) -> None:
    assert script_arguments.variables(values) == variables


def test_values_are_json_or_texts() -> None:
    texts = {"epochs": "10", "name": '"a b"', "plain": "adam", "flags": "[true, null]", "number": "007"}
    assert script_arguments.parse(texts) == {
        "epochs": 10,
        "name": "a b",
        "plain": "adam",
        "flags": [True, None],
        "number": "007",
    }


def test_what_the_toolkit_keeps_is_no_argument() -> None:
    values = {"epochs": 1, "sagemaker_program": "t.py", "sagemaker_mpi_enabled": True, "_tuning_objective_metric": "a"}
    assert script_arguments.of_user(values) == {"epochs": 1}
    assert set(script_arguments.of_toolkit(values)) == set(values) - {"epochs"}
