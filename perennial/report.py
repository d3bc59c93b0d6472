"""A run on one self-contained HTML page: no request leaves it, everything in it is escaped."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from perennial import diagram, wording
from perennial.facts import Answer, Deployed, Run

_TIMELESS = ("Choice", "Pass", "Succeed", "Fail")


@dataclass(frozen=True, kw_only=True)
class Step:
    """One bar of the timeline.

    Args:
        state: its name.
        css_class: how it ended.
        time: its duration in words.
        start: where its bar starts, in percent of the run.
        share: the bar's length, in percent of the run.
    """

    state: str
    css_class: str
    time: str
    start: float
    share: float


def render(deployed: Deployed, *, answer: Answer, question: str, later: Run | None = None) -> str:
    """Write the page.

    Args:
        deployed: the run that is told about.
        answer: of the endpoint for a held-out row.
        question: what the model answers.
        later: the run after it, with the data unchanged.
    """
    run = deployed.run
    return _template().render(
        deployed=deployed,
        answer=answer,
        question=question,
        passed=deployed.value > deployed.threshold,
        picture=Markup(picture(run)),  # noqa: S704  # made by our own renderer, which escapes every name
        steps=timeline(run),
        splits=splits(deployed.data),
        later=later,
        run=run,
        started=wording.moment(run.execution.started_at),
        total=wording.duration(run.history.elapsed),
        training_time=wording.duration(deployed.training.duration),
        number=wording.number,
    )


def picture(run: Run) -> str:
    """The run's state machine with the way taken, as SVG."""
    return diagram.svg(
        run.definition,
        title=f"{run.model}: {run.outcome}",
        subtitle=f"{wording.duration(run.history.elapsed)} · {run.state_machine}",
        history=run.history,
    )


def timeline(run: Run) -> list[Step]:
    """The states that do or await something; choices and the like take no time and are left to the picture."""
    history = run.history
    total = history.elapsed.total_seconds() or 1.0
    if history.started_at is None:
        return []
    steps = []
    for visit in history.visits:
        if visit.kind in _TIMELESS:
            continue
        now = history.ended_at or history.last_event_at or visit.entered_at
        elapsed = visit.elapsed(now=now)
        share = 100 * elapsed.total_seconds() / total
        steps.append(
            Step(
                state=visit.state,
                css_class=diagram.outcome_class(visit.state, history),
                time=wording.duration(elapsed),
                start=round(100 * (visit.entered_at - history.started_at).total_seconds() / total, 2),
                share=round(share, 2),
            )
        )
    return steps


def splits(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows, positive share and time range of every split of an ETL report."""
    rows, ranges = data["rows"], data["time_range"]
    shares = data["label"]["positive_share"]
    return [
        {
            "name": name,
            "rows": f"{rows[name]:,}",
            "share": f"{100 * shares[name]:.1f} %",
            "first": str(ranges[name][0]),
            "last": str(ranges[name][1]),
        }
        for name in ("train", "validation", "test")
    ]


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("perennial"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html")
