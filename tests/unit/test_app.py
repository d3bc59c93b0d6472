"""What `cdk synth` shows of a configuration that is wrong: the app's last words, without a traceback."""

import runpy
import shutil
from pathlib import Path

import pytest

from tests.conftest import FLEET

ROOT = Path(__file__).parents[2]


def test_a_wrong_configuration_ends_with_its_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "config"
    shutil.copytree(FLEET, folder)
    model = folder / "models" / "air-time.yaml"
    model.write_text(model.read_text(encoding="utf-8").replace("max_depth", "max_dept"), encoding="utf-8")
    monkeypatch.setenv("PERENNIAL_CONFIG", str(folder))
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "app.py"), run_name="__main__")
    # Python writes a text to stderr and ends with 1: https://docs.python.org/3/library/sys.html#sys.exit
    assert ended.value.code == (
        f"error: {model}: line 15: training.hyperparameters.max_dept: built-in XGBoost has no such hyperparameter; "
        "did you mean 'max_depth'?"
    )
