"""Each version of SageMaker's XGBoost trains, keeps and serves models by the real XGBoost of that version.

Verdicts and formats are those of AWS's own source, which ``local_cloud.testing.sagemaker.xgboost_contract.real`` ran at
each version with that version's XGBoost, on all inputs of ``xgboost_contract.yaml``. Whoever runs these tests has the
images: ``python -m local_cloud images install 0.90-2 1.2-2 1.7-1 3.2-0``.
"""

import functools
import json
import os
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from local_cloud.kernel import interpreters
from local_cloud.services.sagemaker import images

PROBE = Path(__file__).with_name("xgboost_probe.py")
VERSIONS = {"0.90-2-cpu-py3": "0.90", "1.2-2": "1.2.0", "1.7-1": "1.7.4", "3.2-0": "3.2.0"}
OLD, PICKLED = ("0.90-2-cpu-py3",), ("0.90-2-cpu-py3", "1.2-2")
EACH = pytest.mark.parametrize("version", VERSIONS)


def _table(rows: int, *, seed: int, empty: bool = False) -> str:
    """Label and three features; halves, which every reader of text reads alike."""
    draw = random.Random(seed)
    lines = []
    for _ in range(rows):
        cells = [draw.randrange(-20, 20) / 2 for _ in range(3)]
        label = int(cells[0] + cells[1] + draw.randrange(-4, 4) > 0)
        lines.append(",".join([str(label), *("" if empty and draw.random() < 0.2 else str(cell) for cell in cells)]))
    return "\n".join(lines) + "\n"


ROWS, OTHERS, WITH_EMPTY = _table(200, seed=1), _table(80, seed=2), _table(200, seed=3, empty=True)
REQUEST = "\n".join(line.partition(",")[2] for line in OTHERS.splitlines()[:9])
BINARY = {"num_round": "3", "objective": "binary:logistic", "max_depth": "3"}
# Rows at the end whose first, and whose last feature is missing.
GAPS = "\n,9,-2\n9,-2,"
ASKED = {"text/csv": REQUEST + GAPS, "text/libsvm": "1:9 2:-2", "application/x-parquet": "x"}
ACCEPTED = ("", "application/json", "text/csv; charset=utf-8", "application/jsonlines", "image/png")
ORDERS: dict[str, dict[str, Any]] = {
    "plain": {"hyperparameters": BINARY, "train": ROWS, "request": REQUEST + GAPS, "asked": ASKED, "alone": True},
    "measured": {
        "hyperparameters": BINARY | {"eval_metric": "error,f1", "_tuning_objective_metric": "validation:accuracy"},
        "train": ROWS,
        "validation": OTHERS,
        "request": "\n".join(line.partition(",")[2] for line in OTHERS.splitlines()),
        "accepted": ACCEPTED,
    },
    "stopped": {
        "hyperparameters": BINARY | {"num_round": "200", "eval_metric": "logloss", "early_stopping_rounds": "2"},
        "train": ROWS,
        "validation": OTHERS,
        "request": REQUEST,
        "asked": {"text/csv": REQUEST},
    },
    "with empty cells": {"hyperparameters": BINARY | {"min_child_weight": "0"}, "train": WITH_EMPTY, "alone": True},
    "classes": {
        "hyperparameters": BINARY | {"objective": "multi:softprob", "num_class": "2"},
        "train": ROWS,
        "request": REQUEST,
        "asked": {"text/csv": REQUEST},
        "accepted": ACCEPTED,
    },
    "checkpoints": {
        "hyperparameters": BINARY | {"num_round": "12"},
        "train": ROWS,
        "checkpoints": True,
        "attempts": 2,
        "then": {"num_round": "14"},
    },
    "accuracy of a probability": {"hyperparameters": BINARY | {"eval_metric": "balanced_accuracy"}, "train": ROWS},
    "reg:absoluteerror": {"hyperparameters": BINARY | {"objective": "reg:absoluteerror"}, "train": ROWS},
    "gpu": {"hyperparameters": BINARY | {"predictor": "gpu_predictor"}, "train": ROWS},
    "eval_metric alone": {"hyperparameters": {"num_round": "1", "eval_metric": "error"}, "train": ROWS},
    "constraints": {
        "hyperparameters": BINARY | {"tree_method": "hist", "interaction_constraints": "[[1, 2]]"},
        "train": ROWS,
    },
    **{
        name: {"hyperparameters": BINARY | {name: value}, "train": ROWS}
        for name, value in {
            "silent": "1",
            "save_model_on_termination": "true",
            "single_precision_histogram": "true",
            "sampling_method": "uniform",
            "use_dask_gpu_training": "false",
            "updater": "grow_local_histmaker,prune",
        }.items()
    },
}


@functools.cache
def _told(version: str) -> dict[str, Any]:
    """What the probe tells of a version, all orders in one process."""
    found = images.find(f"registry/sagemaker-xgboost:{version}")
    found.check_installed()
    with tempfile.TemporaryDirectory() as text, pytest.MonkeyPatch.context() as patched:
        folder = Path(text)
        patched.setenv(interpreters.SHARED, str(folder / "interpreters"))
        (folder / "orders.json").write_text(json.dumps(ORDERS))
        subprocess.run(
            [found.interpreter.python, "-W", "ignore", PROBE, folder / "jobs", folder / "orders.json", folder / "told"],
            env={"PATH": os.defpath, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            check=True,
        )
        return dict(json.loads((folder / "told").read_text()))


def _last(log: list[str], metric: str) -> float:
    found = re.findall(rf"#011{metric}:([-0-9.e]+)", log[-1])
    assert len(found) == 1, log
    return float(found[0])


@EACH
def test_an_image_has_the_xgboost_of_its_version(version: str) -> None:
    assert _told(version)["xgboost"] == VERSIONS[version]


@EACH
def test_a_model_is_what_xgboost_alone_makes_of_the_same_rows(version: str) -> None:
    told = _told(version)["plain"]
    assert len(told["trees"]) == 3
    assert told["trees"] == told["alone"]


@EACH
def test_an_endpoint_answers_what_xgboost_itself_predicts(version: str) -> None:
    for name in ("plain", "stopped", "classes"):
        told = _told(version)[name]
        assert len(told["own"]) >= 9
        # The model is the last round's to whoever loads a pickle, and the best one's to the container.
        assert told["text/csv"] == told["own"] or (name, version) in {("stopped", old) for old in PICKLED}
    assert "Content-type application/x-parquet is not supported" in _told(version)["plain"]["application/x-parquet"]


@EACH
def test_a_container_of_one_model_answers_as_its_own_server_does(version: str) -> None:
    # ``algorithm_mode/serve.py`` of each version; what stands in multi-model endpoints is the table's.
    one, several = _told(version)["measured"], _told(version)["classes"]
    answers = one["by accept"]
    if version in OLD:
        line = ",".join(map(str, one["own"]))
        assert answers == {accept: [200, "text/csv", line] for accept in ACCEPTED}
        return
    lines = "".join(f"{value}\n" for value in one["own"])
    assert answers[""] == answers["text/csv; charset=utf-8"] == [200, "text/csv", lines]
    status, kind, body = answers["application/json"]
    assert (status, kind) == (200, "application/json")
    assert json.loads(body) == {"predictions": [{"score": value} for value in one["own"]]}
    assert [answers[accept][0] for accept in ("application/jsonlines", "image/png")] == [500, 406]
    rows = "".join(f"{','.join(map(str, row))}\n" for row in several["own"])
    assert several["by accept"][""] == [200, "text/csv", rows]


@EACH
def test_a_models_file_has_the_format_of_its_version(version: str) -> None:
    formats = {"0.90-2-cpu-py3": "pickle 3", "1.2-2": "pickle 4", "1.7-1": "binf", "3.2-0": "UBJSON"}
    assert _told(version)["plain"]["format"] == formats[version]


@EACH
def test_metrics_of_the_container_itself_are_those_of_the_version(version: str) -> None:
    told = _told(version)["measured"]
    labels = [int(line[0]) for line in OTHERS.splitlines()]
    right = sum((value > 0.5) == label for value, label in zip(told["own"], labels, strict=True)) / len(labels)
    # From 3.0 on they take all rows for ones, as AWS's do.
    expected = sum(labels) / len(labels) if version == "3.2-0" else right
    assert _last(told["log"], "validation-accuracy") == pytest.approx(expected, abs=1e-5)
    assert _last(told["log"], "validation-error") == pytest.approx(1 - right, abs=1e-5)
    assert sum("#011" in line for line in told["log"]) == 3


@EACH
def test_early_stopping_keeps_the_best_rounds_as_the_version_does(version: str) -> None:
    told = _told(version)["stopped"]
    losses = [float(re.findall("validation-logloss:([0-9.]+)", line)[0]) for line in told["log"] if "#011" in line]
    best = losses.index(min(losses))
    # From 1.3 on it calls back in no order: whoever stops may come before whoever tells the last round.
    assert len(losses) in ({best + 3} if version in PICKLED else {best + 2, best + 3})
    # Before 1.3 all trees are kept, and the best round is told.
    assert len(told["trees"]) == (len(losses) if version in PICKLED else best + 1)
    assert int(told["attributes"]["best_iteration"]) == best


@EACH
def test_an_empty_cell_is_missing_and_0_to_the_oldest(version: str) -> None:
    told = _told(version)["with empty cells"]
    assert (told["trees"] == told["alone"]) == (version not in OLD)


@EACH
def test_a_libsvm_request_counts_from_0_and_in_3_2_from_1(version: str) -> None:
    told = _told(version)["plain"]
    from_zero, from_one = told["text/csv"][-2:]
    assert from_zero != from_one
    # The features 1 and 2 of a row, in a request that names no feature 0.
    assert told["text/libsvm"] == [from_one if version == "3.2-0" else from_zero]


@EACH
def test_a_job_goes_on_from_its_own_checkpoints_before_1_3(version: str) -> None:
    told = _told(version)["checkpoints"]
    # Those that an attempt found stay, by SaveCheckpoint's previous_checkpoints; it keeps five of its own.
    written = [10, 11, 12, 13, 7, 8, 9]
    # By their names 11 comes before 9 in 0.90-2, so that round 10 is the first one of the second attempt.
    first = {"0.90-2-cpu-py3": "[10]", "1.2-2": "[12]"}
    if version in PICKLED:
        assert told["checkpoints"] == [f"xgboost-checkpoint.{index}" for index in written]
        assert next(line for line in told["log"] if "#011" in line).startswith(first[version])
    else:
        assert told["checkpoints"] == [f"xgboost-checkpoint_0.{'json' if version == '1.7-1' else 'ubj'}"]
        assert next(line for line in told["log"] if "#011" in line).startswith("[0]")
    assert len(told["trees"]) == 14


NO_NAMES, NO_GPU = "Constrained features are not a subset", "No visible GPU is found"
EXTRANEOUS, NOT_IN = "Extraneous hyperparameter found: ", "is not in ['"
VERDICTS = {
    # AWS's own, of the versions 0.90-2, 1.2-2, 1.7-1 and 3.2-0; None is accepted.
    "silent": (None, EXTRANEOUS, EXTRANEOUS, EXTRANEOUS),
    "save_model_on_termination": (EXTRANEOUS, None, None, None),
    "single_precision_histogram": (EXTRANEOUS, None, EXTRANEOUS, EXTRANEOUS),
    "sampling_method": (EXTRANEOUS, EXTRANEOUS, None, None),
    "use_dask_gpu_training": (EXTRANEOUS, EXTRANEOUS, None, None),
    "constraints": (EXTRANEOUS, None, NO_NAMES, NO_NAMES),
    "updater": (None, None, "not in range", "not in range"),
    "reg:absoluteerror": (NOT_IN, NOT_IN, None, None),
    "accuracy of a probability": ("not in range", "not in range", None, None),
    "gpu": ("GPU training is not supported yet.", NO_GPU, NO_GPU, None),
    "eval_metric alone": (None, "'objective'", "'objective'", "'objective'"),
}


@pytest.mark.parametrize("name", VERDICTS)
@EACH
def test_a_version_takes_the_hyperparameters_that_it_knows(version: str, name: str) -> None:
    expected = VERDICTS[name][list(VERSIONS).index(version)]
    refused = _told(version)[name].get("refused")
    assert (refused is None) == (expected is None), refused
    assert (expected or "") in (refused or "")
