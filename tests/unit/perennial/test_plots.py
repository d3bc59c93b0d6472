import struct
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from perennial.account.history_table import Decision, HistoryRow
from perennial.drawing import plots
from perennial.drawing.plots import PlotError

START = datetime(2026, 11, 1, tzinfo=UTC)
_SVG = "{http://www.w3.org/2000/svg}"


def _row(
    day: int, value: float | None, outcome: str, *, metric: str = "auc", objective: float | None = None
) -> HistoryRow:
    return HistoryRow(
        recorded_at=START + timedelta(days=day),
        tuning_job=None if objective is None else f"tuning-{day}",
        metric=None if objective is None else "validation:auc",
        objective=objective,
        eval_metric=metric,
        eval_value=value,
        trial_count=None if objective is None else day,
        outcome=Decision(outcome),
    )


ROWS = [_row(14, 0.88, "rejected"), _row(0, 0.91, "accepted"), _row(7, 0.93, "accepted")]


def _draw(rows: list[HistoryRow], folder: Path, *, threshold: float | None = 0.9) -> ET.Element:
    file = folder / "history.svg"
    plots.draw(rows, model="flight-delay", threshold=threshold, file=file)
    return ET.parse(file).getroot()  # noqa: S314  # written just now


def _group(root: ET.Element, name: str) -> ET.Element | None:
    return next((item for item in root.iter(f"{_SVG}g") if item.get("id") == name), None)


def _marks(root: ET.Element, name: str) -> list[tuple[float, float]]:
    """Where a group has its marks, in SVG's coordinates: y grows downwards."""
    group = _group(root, name)
    assert group is not None, name
    return [(float(use.attrib["x"]), float(use.attrib["y"])) for use in group.iter(f"{_SVG}use")]


def _height_of_gate(root: ET.Element) -> float:
    group = _group(root, "held-out-auc-gate")
    assert group is not None
    (path,) = group.iter(f"{_SVG}path")
    return float(path.attrib["d"].split()[2])


def _words(root: ET.Element) -> set[str]:
    return {"".join(item.itertext()).strip() for item in root.iter(f"{_SVG}text")}


def test_the_gate_lies_between_what_it_accepted_and_what_it_rejected(tmp_path: Path) -> None:
    root = _draw(ROWS, tmp_path)

    accepted, rejected = _marks(root, "held-out-auc-accepted"), _marks(root, "held-out-auc-rejected")
    assert (len(accepted), len(rejected)) == (2, 1)
    gate = _height_of_gate(root)
    assert all(y < gate for _, y in accepted)
    assert rejected[0][1] > gate
    # Linear scales: 0.93 is three times as far from 0.9 as 0.91, and a week later is as far as the next week.
    (first, second), third = accepted, rejected[0]
    assert gate - second[1] == pytest.approx(3 * (gate - first[1]), rel=1e-3)
    assert second[0] - first[0] == pytest.approx(third[0] - second[0], rel=1e-3)


def test_the_decisions_have_marks_of_different_forms(tmp_path: Path) -> None:
    root = _draw(ROWS, tmp_path)

    forms = {}
    for decision in ("accepted", "rejected"):
        group = _group(root, f"held-out-auc-{decision}")
        assert group is not None
        forms[decision] = next(group.iter(f"{_SVG}path")).attrib["d"]
    assert forms["accepted"] != forms["rejected"]
    assert _words(root) >= {"flight-delay", "held-out auc", "accepted", "rejected", "gate 0.9"}


def test_without_a_threshold_there_is_no_line(tmp_path: Path) -> None:
    root = _draw(ROWS, tmp_path, threshold=None)

    assert _group(root, "held-out-auc-gate") is None


def test_tuning_has_a_panel_with_its_trials(tmp_path: Path) -> None:
    rows = [
        _row(0, 0.91, "accepted"),
        _row(1, 0.92, "accepted", objective=0.95),
        _row(6, 0.93, "accepted", objective=0.96),
    ]

    root = _draw(rows, tmp_path)

    assert len(_marks(root, "best-validation:auc-accepted")) == 2
    assert _words(root) >= {"best trial: validation:auc", "1 trial", "6 trials"}


def test_the_gate_belongs_to_the_newest_metric_only(tmp_path: Path) -> None:
    root = _draw([_row(0, 12.5, "accepted", metric="rmse"), *(_row(day, 0.95, "accepted") for day in (1, 2))], tmp_path)

    assert _group(root, "held-out-rmse-gate") is None
    assert len(_marks(root, "held-out-rmse-accepted")) == 1
    assert len(_marks(root, "held-out-auc-accepted")) == 2


def test_a_run_without_a_measurement_is_told(tmp_path: Path) -> None:
    root = _draw([*ROWS, _row(20, None, "rejected")], tmp_path)

    assert len(_marks(root, "held-out-auc-rejected")) == 1
    assert "not measured" in _words(root)


def test_the_same_history_gives_the_same_file(tmp_path: Path) -> None:
    first, second = tmp_path / "1.svg", tmp_path / "2.svg"
    plots.draw(ROWS, model="m", threshold=0.9, file=first)
    plots.draw(ROWS[::-1], model="m", threshold=0.9, file=second)

    assert first.read_bytes() == second.read_bytes()


def test_png_is_drawn_without_a_display(tmp_path: Path) -> None:
    file = tmp_path / "history.png"
    code = f"""
from datetime import UTC, datetime
from pathlib import Path
from perennial.drawing import plots
from perennial.account.history_table import Decision, HistoryRow
row = HistoryRow(recorded_at=datetime(2026, 11, 1, tzinfo=UTC), tuning_job=None, metric=None, objective=None,
                 eval_metric="auc", eval_value=0.9, trial_count=None, outcome=Decision.ACCEPTED)
plots.draw([row], model="m", threshold=0.8, file=Path({str(file)!r}))
"""
    # A back end with windows would fail here: there is no DISPLAY.
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(Path.home()),
        "PYTHONPATH": str(Path(plots.__file__).parents[1]),
    }
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)

    head = file.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    assert width > height > 300


@pytest.mark.parametrize("name", ["history.gif", "history"])
def test_another_format_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlotError, match=r"must end with \.svg or \.png"):
        plots.draw(ROWS, model="m", threshold=0.9, file=tmp_path / name)


def test_an_empty_history_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlotError, match="no history of m yet"):
        plots.draw([], model="m", threshold=0.9, file=tmp_path / "history.svg")
