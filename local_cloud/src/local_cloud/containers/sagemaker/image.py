"""What a family of images says of itself: its ``__init__.py`` has `IMAGES`, and imports nothing else.

The server reads these declarations; what they name is imported by processes that run with the image's own Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class BuiltIn:
    """What SageMaker itself knows of one of its own algorithms, whose jobs may not define metrics.

    Args:
        objectives: the metrics that a tuning job may go by, as ``channel:name``, and whether more or less is better.
        line: how a line of the log begins that tells metrics which have no definition; a regular expression. Without
            one the log is read by the definitions.
        metric: one metric of such a line, with the groups ``channel``, ``name`` and ``value``.
        described: names of the metrics that DescribeTrainingJob lists for each of the two channels.
        regex: what it says of one, with ``{channel}`` and ``{name}``.
        metrics: all others that it lists, and the regular expression of each.
        checkpoints: whether it writes some; SageMaker lets jobs of others wait an hour at most for spot instances.
    """

    objectives: Mapping[str, Literal["Maximize", "Minimize"]]
    line: str | None = None
    metric: str = ""
    described: tuple[str, ...] = ()
    regex: str = ""
    metrics: Mapping[str, str] = field(default_factory=dict)
    checkpoints: bool = True

    def definitions(self) -> tuple[dict[str, str], ...]:
        """MetricDefinitions as SageMaker describes the algorithm's jobs."""
        by_channel = (
            {
                "Name": f"{channel}:{name}",
                "Regex": self.regex.replace("{channel}", channel).replace("{name}", name),
            }
            for channel in ("train", "validation")
            for name in self.described
        )
        return (*by_channel, *({"Name": name, "Regex": regex} for name, regex in self.metrics.items()))


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that has a stand-in.

    Args:
        name: the end of its URI, ``repository:tag``.
        packages: names of what its Python has of the packages of this machine, as far as they are installed there. An
            image of such packages is always ready.
        requirements: what pip installs for it, pinned, into an environment of its own, which has nothing else of this
            machine's packages; its user asks for that once. Either these or `packages`.
        base: name of the image whose packages lie below the requirements, so that they need not be installed twice.
        differs: what is not as in AWS's image, for its user; beside Python, whose version is this machine's always.
        packages_source: address of what the image is built from, where the packages were read; None when nobody
            compared them with it, which the reference then tells users.
        train: module whose ``train(root)`` runs a training job, see `programs`; None if the image trains nothing.
        script: module that runs a training job whose user names a program of their own; None if the image has no script
            mode, see `script_mode`.
        serve: module whose ``load(folder)`` gives a model that answers, see `programs`; None if it serves nothing.
        needs_gpu: whether there is no such image for instances without a GPU.
        built_in: for an algorithm of SageMaker's own; None for images whose jobs define their metrics.
        not_emulated: content types of channels that the real image reads, and its stand-in does not.
        distributed: whether a job may have several instances.
        reads_pipes: whether its channels may be pipes, which InputMode Pipe asks for.
    """

    name: str
    packages: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    base: str | None = None
    differs: str = ""
    packages_source: str | None = None
    train: str | None = None
    script: str | None = None
    serve: str | None = None
    needs_gpu: bool = False
    built_in: BuiltIn | None = None
    not_emulated: tuple[str, ...] = ()
    distributed: bool = False
    reads_pipes: bool = False

    def __post_init__(self) -> None:
        if self.packages and (self.requirements or self.base):
            raise ValueError(f"image {self.name} has packages of this machine, and requirements or a base: keep one")
