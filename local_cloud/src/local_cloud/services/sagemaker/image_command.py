"""``python -m local_cloud images``: which images there are, and how to have those that need more than is here."""

import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from local_cloud.kernel.errors import LocalCloudError
from local_cloud.services.sagemaker import images
from local_cloud.services.sagemaker.images import StandIn

_WIDTH = 80
_NAME_WIDTH = 44
_USE_WIDTH = 13
_MEGABYTE = 1_000_000
# What pip says that tells its user how far it is; the rest is about packages that are there, and about itself.
_PROGRESS = ("Collecting ", "Building wheel", "Installing collected packages")


def table() -> Iterator[str]:
    """All images, what each is for, whether it can be used, and what is not as on AWS, at 80 columns."""
    yield f"{'image':<{_NAME_WIDTH}}{'for':<{_USE_WIDTH}}state"
    for _, image in sorted(images.declared().items()):
        name = image.name
        if len(name) >= _NAME_WIDTH:
            yield name
            name = ""
        uses = " ".join(what for what in ("train", "serve") if getattr(image, what))
        yield f"{name:<{_NAME_WIDTH}}{uses or 'process':<{_USE_WIDTH}}{_state(images.stand_in(image))}"
        yield from textwrap.wrap(
            image.differs, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False
        )
    yield "To install one: python -m local_cloud images install NAME"


def _state(found: StandIn) -> str:
    if not found.layers:
        return "ready"
    return "installed" if found.is_installed else "not installed"


def resolve(name: str) -> StandIn:
    """The image that a user names, in full or by a part of the name that no other one has.

    Raises:
        LocalCloudError: there is none, or there are several.
    """
    known = images.declared()
    found = [name] if name in known else sorted(image for image in known if name in image)
    if not found:
        raise LocalCloudError(f"there is no image {name!r}, choose one of {sorted(known)}")
    if len(found) > 1:
        raise LocalCloudError(f"{name!r} is a part of the names of several images, choose one of {found}")
    return images.stand_in(known[found[0]])


def install(names: Iterable[str], *, requirements: Path | None, tell: Callable[[str], None]) -> None:
    """Install images.

    Args:
        names: of them, in full or in part.
        requirements: a requirements file of a user's, which is installed on top of each of them; None for none.
        tell: gets a line that a user reads while it goes on.

    Raises:
        LocalCloudError: an image is not known, the file cannot be read, or pip failed.
    """
    for found in [resolve(name) for name in names]:
        _install(found if requirements is None else _with(found, requirements), tell)


def _with(found: StandIn, requirements: Path) -> StandIn:
    try:
        text = requirements.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LocalCloudError(f"{requirements} cannot be read: {error}") from error
    return found.with_requirements(text, file=requirements.absolute())


def _install(found: StandIn, tell: Callable[[str], None]) -> None:
    name = found.image.name
    if found.is_installed:
        what = "is installed" if found.layers else "is ready: it has this machine's packages"
        tell(f"{name} {what}")
        return

    def tell_progress(line: str) -> None:
        if line.startswith(_PROGRESS):
            # Without which requirement wants it.
            tell(f"  {textwrap.shorten(line.split(' (from', maxsplit=1)[0], _WIDTH - 2, placeholder=' ...')}")

    tell(f"{name}: pip installs what it needs")
    missing = [environment for environment in found.layers if not environment.is_installed]
    started = time.monotonic()
    found.install(tell_progress)
    size = sum(
        path.stat().st_size
        for environment in missing
        for path in environment.place.rglob("*")
        if path.is_file() and not path.is_symlink()
    )
    tell(f"{name} is installed: {size / _MEGABYTE:.0f} MB in {time.monotonic() - started:.0f} s")
