"""Places in the artifact bucket: the same for whoever spells them as text and as JSONata."""

import re
from pathlib import Path

import jsonata
import pytest

from contract import prefixes
from contract.prefixes import MODELS_PREFIX, RAW_PREFIX, RUNS_PREFIX

ALL = [value for name, value in vars(prefixes).items() if name.endswith("_PREFIX")]


@pytest.mark.parametrize("names", [("delays",), ("delays", "20260101000000-abcdef")])
@pytest.mark.parametrize("bucket_name", [None, "perennial-sandbox"])
def test_a_state_machine_means_the_same_folder(names: tuple[str, ...], bucket_name: str | None) -> None:
    variables = ("$model", "$run_id")[: len(names)]
    expression = jsonata.Jsonata(prefixes.folder_jsonata(RUNS_PREFIX, *variables, bucket_name=bucket_name))
    frame = expression.create_frame()
    for variable, name in zip(variables, names, strict=True):
        frame.bind(variable[1:], name)
    folder = prefixes.folder(RUNS_PREFIX, *names)
    assert expression.evaluate(None, frame) == (f"s3://{bucket_name}/{folder}" if bucket_name else folder)


def test_what_is_granted_below_one_prefix_reaches_no_other() -> None:
    assert len(ALL) == 8
    for prefix in ALL:
        assert re.fullmatch(r"[a-z]+/", prefix)
        assert [other for other in ALL if other.startswith(prefix)] == [prefix]


def test_a_models_files_are_told_from_those_of_a_model_that_begins_alike() -> None:
    assert not prefixes.folder(RAW_PREFIX, "delays-long").startswith(prefixes.folder(RAW_PREFIX, "delays"))
    assert not prefixes.folder(MODELS_PREFIX, "delays").startswith(prefixes.folder(RAW_PREFIX, "delays"))


def test_the_jobs_write_the_files_that_are_read() -> None:
    # Their containers do not have the contract.
    root = Path(__file__).parents[3]
    job = (root / "training_src" / "evaluation" / "evaluation_job").glob("*.py")
    evaluation = "".join(path.read_text(encoding="utf-8") for path in job)
    assert f'"{prefixes.EVALUATION_FILE}"' in evaluation
    assert f'"{prefixes.REQUEST_FILE}"' in evaluation
    scripts = [path.read_text(encoding="utf-8") for path in (root / "glue_scripts").rglob("*.py")]
    assert any(prefixes.REPORT_FILE in script for script in scripts)
