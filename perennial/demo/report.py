"""The demo's story on one self-contained HTML page: no request leaves it, everything in it is escaped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from contract.names import EnvironmentName
from perennial.account import registry
from perennial.account.answers import Answer
from perennial.account.execution import Run
from perennial.account.facts import Registered
from perennial.account.registry import Version
from perennial.account.serving import Serving
from perennial.demo.account import Delivery
from perennial.demo.checks import Digest
from perennial.drawing import diagram, picture
from perennial.screen import wording

_TIMELESS = ("Choice", "Pass", "Succeed", "Fail")


@dataclass(frozen=True, kw_only=True)
class Story:
    """What the demo did and saw.

    Args:
        first: run of the tuned model on the first data.
        second: run of it on more data.
        others: runs of the other models.
        refused: run of the model that fails at its gate.
        unchanged: run of the tuned model on the same data again.
        phases: what each account served, by what had happened before.
        deployment: execution that brought the second version to prod.
        restored: deployments that brought the first version back.
        digests: of the artifacts that served the second version.
        answers: of each account's endpoint then.
        answers_after: of each account's endpoint after the roll-back.
        versions: of the tuned model, newest first.
    """

    first: Registered
    second: Registered
    others: tuple[Registered, ...]
    refused: Run
    unchanged: Run
    phases: Mapping[str, Mapping[EnvironmentName, Serving]]
    deployment: Run
    restored: Mapping[EnvironmentName, Delivery]
    digests: Sequence[Digest]
    answers: Mapping[EnvironmentName, Sequence[Answer]]
    answers_after: Mapping[EnvironmentName, Sequence[Answer]]
    versions: tuple[Version, ...]


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


def render(story: Story) -> str:
    """Write the page."""
    return _template().render(
        story=story,
        runs=(story.first, story.second),
        # Made by our own renderer, which escapes every name.
        retraining=Markup(picture.of(story.second.run)),  # noqa: S704
        deployment=Markup(picture.of(story.deployment)),  # noqa: S704
        steps=timeline(story.second.run),
        splits=splits(story.second.data),
        comparison=comparison(story.second.evaluation),
        total=lambda run: wording.duration(run.history.elapsed),
        version_number=registry.number,
        duration=wording.duration,
        moment=moment,
        number=wording.number,
    )


def moment(run: Run) -> str:
    """When an execution began."""
    started: datetime = run.execution.started_at
    return wording.moment(started)


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


def comparison(evaluation: Mapping[str, Any]) -> list[dict[str, str]]:
    """Every metric of the candidate beside the champion's."""
    champion = evaluation["champion"]

    def value(scores: Mapping[str, Any] | None, name: str) -> str:
        found = scores["metrics"].get(name) if scores else None
        return "" if found is None else wording.number(float(found))

    return [
        {"metric": name, "candidate": value(evaluation["candidate"], name), "champion": value(champion, name)}
        for name in evaluation["candidate"]["metrics"]
    ]


def splits(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """Rows, positive share and time range of every split of a classifier's ETL report."""
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
    environment = Environment(loader=PackageLoader("perennial.demo"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("report.html")
