"""Packs a training script with what belongs to it, as SageMaker's framework images unpack it.

The archive is the same whenever its files are, so that nothing is deployed, or trained anew, but for a change.
Reference: https://sagemaker.readthedocs.io/en/stable/overview.html#prepare-a-training-script
"""

import ast
import gzip
import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from config.algorithm import Code

# The image starts it; it runs the user's own script, and packs what answers beside the model.
ENTRY = "perennial_entry.py"
_ENTRY_SOURCE = Path(__file__).parents[1] / "training_src" / "script" / ENTRY
REQUIREMENTS = "requirements.txt"
# One of them is enough to answer: https://github.com/aws/sagemaker-inference-toolkit, transformer.py.
_LOADS = "model_fn"
# Of Python and of editors; they are nobody's source.
_LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")


def pack(folder: Path, code: Code, *, isolated: Sequence[str] = (), without_requirements: bool = False) -> bytes:
    """sourcedir.tar.gz of a folder.

    Args:
        folder: with the script and everything that it and what answers need.
        code: which files are which.
        isolated: accounts whose containers reach no package index.
        without_requirements: whether the image has all that the requirements name.

    Raises:
        ValueError: a file is missing, lies in a folder too deep, is no Python, or is a link; or packages are to be
            installed where that cannot be.
    """
    files = dict(_files(folder))
    _check(folder, files, code)
    if without_requirements:
        files[REQUIREMENTS] = b""
    if isolated and _asks_for_packages(files[REQUIREMENTS]):
        raise ValueError(
            f"{folder / REQUIREMENTS} names packages, but {' and '.join(isolated)} runs in a network without internet, "
            "where none can be installed; leave it empty, and put what the image lacks into the folder"
        )
    files[ENTRY] = _entry(code)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(files[name]), 0o644
            archive.addfile(member, io.BytesIO(files[name]))
    return gzip.compress(packed.getvalue(), mtime=0)


def check_shared(folder: Path) -> None:
    """Check that what answers needs nothing but its image, as several models behind one endpoint must.

    Containers install what lies in /opt/ml/model/code, where only the single model of an endpoint lies:
    https://github.com/aws/sagemaker-inference-toolkit, model_server.py.

    Raises:
        ValueError: it names packages.
    """
    path = folder / REQUIREMENTS
    if path.is_file() and _asks_for_packages(path.read_bytes()):
        raise ValueError(
            f"{path} names packages, which are installed behind an endpoint of one model only; give its models "
            "`serving: {endpoint: own}`, or leave it empty and put what the image lacks into the folder"
        )


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; add it to {folder.parent.name}/ or correct algorithm.source")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if any(part in _LEFT_OUT or part.startswith(".") for part in name.parts):
            continue
        if path.is_symlink():
            raise ValueError(f"{path} is a link, which an archive of a script cannot have; put the file itself there")
        if path.is_file():
            yield name.as_posix(), path.read_bytes()


def _check(folder: Path, files: dict[str, bytes], code: Code) -> None:
    if ENTRY in files:
        raise ValueError(f"{folder / ENTRY} has the name of a file that Perennial adds; rename it")
    for name in filter(None, (code.training, code.inference, REQUIREMENTS)):
        if name not in files:
            deeper = sorted(found for found in files if PurePosixPath(found).name == name)
            hint = f"; {deeper[0]} lies in a folder too deep: move it up" if deeper else _hint(name)
            raise ValueError(f"{folder} has no {name}{hint}")
    for name in filter(None, (code.training, code.inference)):
        try:
            module = ast.parse(files[name])
        except (SyntaxError, ValueError) as error:
            raise ValueError(f"{folder / name} is no Python: {error}") from error
        if name == code.inference:
            _check_inference(folder / name, module)


def _asks_for_packages(requirements: bytes) -> bool:
    lines = requirements.decode(errors="replace").splitlines()
    return any(line.strip() and not line.strip().startswith("#") for line in lines)


def _hint(name: str) -> str:
    if name == REQUIREMENTS:
        return "; add it, empty when the image has all that the script imports"
    return "; write it, or correct algorithm.source"


def _check_inference(path: Path, module: ast.Module) -> None:
    found = {node.name for node in module.body if isinstance(node, ast.FunctionDef)}
    found |= {
        alias.asname or alias.name for node in module.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    if _LOADS not in found:
        raise ValueError(f"{path} has no function {_LOADS}(model_dir), which loads the model; write it")
    parts = {"input_fn", "predict_fn", "output_fn"} & found
    if "transform_fn" in found and parts:
        raise ValueError(
            f"{path} has transform_fn and {', '.join(sorted(parts))}, and the image takes one or the other; remove one"
        )


def _entry(code: Code) -> bytes:
    text = _ENTRY_SOURCE.read_text(encoding="utf-8")
    for name, value in (("TRAINING", code.training), ("PACKS", code.inference is not None)):
        line = next(line for line in text.splitlines() if line.startswith(f"{name} = "))
        text = text.replace(line, f"{name} = {value!r}")
    return text.encode()
