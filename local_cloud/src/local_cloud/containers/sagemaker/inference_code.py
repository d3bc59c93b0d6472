"""A user's code that serves a model: which functions it has, and what takes the place of those that it has not.

The contract is that of https://github.com/aws/sagemaker-inference-toolkit, ``transformer.py`` of version 1.10.1, which
the images of PyTorch are built with, and whoever else serves several models.
"""

import importlib
import importlib.util
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from local_cloud.containers.sagemaker import inference_toolkit
from local_cloud.containers.sagemaker.inference_formats import TEXTS
from local_cloud.containers.sagemaker.programs import Answer, NoModelError, RefusedError

_PROGRAM = "SAGEMAKER_PROGRAM"
_DEFAULT_PROGRAM = "inference.py"
_PARTS = ("input_fn", "predict_fn", "output_fn")


@dataclass(frozen=True, kw_only=True)
class Functions:
    """What loads a model and answers requests.

    Args:
        model_fn: loads it from a folder.
        input_fn: reads a request.
        predict_fn: asks the model.
        output_fn: writes the answer.
        transform_fn: in place of these three; None where they do it.
        pre_model_fn: called before the model is loaded.
        model_warmup_fn: called once it is loaded.
    """

    model_fn: Callable[..., Any]
    input_fn: Callable[..., Any]
    predict_fn: Callable[..., Any]
    output_fn: Callable[..., Any]
    transform_fn: Callable[..., Any] | None = None
    pre_model_fn: Callable[..., Any] | None = None
    model_warmup_fn: Callable[..., Any] | None = None


@dataclass(kw_only=True)
class Context:
    """What a function gets that has one parameter more, in place of the model server's.

    https://github.com/awslabs/multi-model-server/blob/master/mms/context.py

    Args:
        system_properties: of the server.
        headers: of the request that is answered.
        content_type: of its answer, when a function has said it.
        status: of its answer, when a function has said it.
    """

    system_properties: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    status: int | None = None

    def get_request_header(self, idx: int, key: str) -> str | None:  # noqa: ARG002  # one request at a time
        """A header of the request."""
        return self.headers.get(key)

    def set_response_content_type(self, idx: int, value: str) -> None:  # noqa: ARG002
        """Say what the answer is."""
        self.content_type = value

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:  # noqa: ARG002
        """Say how the request ended."""
        self.status = code


def serves_several() -> bool:
    """Whether the container is one of many models."""
    return os.environ.get("SAGEMAKER_MULTI_MODEL") == "true"


def place_of(folder: Path) -> str:
    """How a container calls its model's folder: ``/opt/ml/model``, where this process has the folder there."""
    usual = Path("/opt/ml/model")
    return str(usual) if usual.is_dir() and usual.samefile(folder) else str(folder)


def user_module(*folders: Path, program: str | None = None) -> ModuleType | None:
    """The user's module, None when there is none.

    Args:
        folders: where it may lie, the most likely first.
        program: its file; that which ``SAGEMAKER_PROGRAM`` names, or inference.py, if none is given.
    """
    sys.path[:0] = map(str, folders)
    name = (program or os.environ.get(_PROGRAM) or _DEFAULT_PROGRAM).removesuffix(".py")
    return None if importlib.util.find_spec(name) is None else importlib.import_module(name)


def choose(module: ModuleType | None, defaults: Functions) -> Functions:
    """The user's functions, and the image's own for those that are missing.

    Raises:
        ValueError: transform_fn stands beside one that it replaces.
    """
    if module is None:
        return defaults
    given = {name: getattr(module, name, None) for name in Functions.__dataclass_fields__}
    if given["transform_fn"] and any(given[name] for name in _PARTS):
        raise ValueError(
            "Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, and/or output_fn"
            " implementation"
        )
    return Functions(**{name: given[name] or getattr(defaults, name) for name in given})


@dataclass(frozen=True, kw_only=True)
class CodedModel:
    """A model that is loaded and asked by functions.

    Args:
        functions: they.
        context: for those that take one.
        model: what model_fn returned.
    """

    functions: Functions
    context: Context
    model: Any

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Answer one request.

        Raises:
            RefusedError: a function failed; the answer has its traceback, as that of the toolkit has.
        """
        wanted = inference_toolkit.wanted(accept)
        self.context.headers = {"Content-Type": content_type, "Accept": wanted}
        self.context.content_type = self.context.status = None
        try:
            data: Any = body.decode("utf-8") if content_type in TEXTS else body
            result = self._transform(data, content_type or None, wanted)
            content, said = result if isinstance(result, tuple) else (result, wanted)
            return Answer(body=as_bytes(content), content_type=str(said))
        except MemoryError:
            # The next request would meet the same bound; a new process does not.
            raise
        except Exception as error:
            trace = traceback.format_exc()
            status, words = _of_toolkit(error) or (500, str(error) or "Invalid Request")
            raise RefusedError(status, f"{words}\n{trace}") from error

    def _transform(self, data: Any, content_type: str | None, accept: str) -> Any:
        use = self.functions
        if use.transform_fn:
            return call(use.transform_fn, self.model, data, content_type, accept, context=self.context)
        read = call(use.input_fn, data, content_type, context=self.context)
        prediction = call(use.predict_fn, read, self.model, context=self.context)
        return call(use.output_fn, prediction, accept, context=self.context)


def load(folder: Path, *, defaults: Functions, code: Sequence[Path]) -> CodedModel:
    """Load a model by the user's functions, or the image's own.

    Args:
        folder: of the unpacked artifact.
        defaults: the image's own functions.
        code: folders where the user's code may lie, the most likely first.

    Raises:
        NoModelError: it cannot be loaded; the message has the traceback.
    """
    context = Context(system_properties={"model_dir": place_of(folder), "gpu_id": None, "batch_size": 1})
    with explained(folder):
        functions = choose(user_module(*code), defaults)
        if functions.pre_model_fn:
            call(functions.pre_model_fn, place_of(folder), context=context)
        model = call(functions.model_fn, place_of(folder), context=context)
        if functions.model_warmup_fn:
            call(functions.model_warmup_fn, place_of(folder), model, context=context)
    return CodedModel(functions=functions, context=context, model=model)


def call(function: Callable[..., Any], *arguments: Any, context: Any) -> Any:
    """Call a function, with the context if it takes one parameter more.

    Raises:
        TypeError: it takes more or fewer.
    """
    takes = len(inspect.signature(function).parameters)
    if takes == len(arguments):
        return function(*arguments)
    if takes == len(arguments) + 1:
        return function(*arguments, context)
    raise TypeError(f"{function.__name__} takes {takes} arguments but {len(arguments)} were given.")


def as_bytes(content: Any) -> bytes:
    """What the model server sends of an answer: ``mms/protocol/otf_message_handler.py`` of multi-model-server."""
    if isinstance(content, bytes | bytearray):
        return bytes(content)
    return content.encode() if isinstance(content, str) else json.dumps(content, indent=2).encode()


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn whatever a user's code raises into why an artifact is no model.

    Args:
        folder: of the artifact, whose layout is looked at.

    Raises:
        NoModelError: with the traceback, which goes into the log too.
    """
    try:
        yield
    except Exception as error:
        told = traceback.format_exc()
        sys.stderr.write(told)
        raise NoModelError(f"{type(error).__name__}: {error}{_hint(folder)}\n{told}") from error


def _hint(folder: Path) -> str:
    """Where the code lies, if it lies elsewhere than it must."""
    name = os.environ.get(_PROGRAM) or _DEFAULT_PROGRAM
    if (folder / "code" / name).exists():
        return ""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob(Path(name).name))
    return f" (the archive has {found[0]}; it must be code/{name})" if found else ""


def _of_toolkit(error: Exception) -> tuple[int, str] | None:
    """Status and words of an error that says them itself, as BaseInferenceToolkitError of the toolkit does."""
    if "BaseInferenceToolkitError" not in {cls.__name__ for cls in type(error).__mro__}:
        return None
    return int(error.status_code), str(error.message)  # type: ignore[attr-defined]  # that class has both
