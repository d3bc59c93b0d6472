"""A user's code that serves a model in the older way of scikit-learn's and XGBoost's images, one model a container.

``_transformer.py`` and ``_worker.py`` of https://github.com/aws/sagemaker-containers, a Flask application: whatever
fails is answered by Flask's own page for it, and its traceback stands in the log.
"""

import os
import subprocess
import sys
import textwrap
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import (
    inference_code,
    inference_formats,
    inference_toolkit,
    layers,
    older_toolkit,
    script_source,
)
from local_cloud.containers.sagemaker.inference_code import Functions
from local_cloud.containers.sagemaker.inference_formats import JSON, TEXTS
from local_cloud.containers.sagemaker.programs import Answer, NoModelError, RefusedError

# Of a Response that is only a text.
_FLASK_DEFAULT = "text/html"
_FAILED = 400
# https://werkzeug.palletsprojects.com/en/stable/exceptions/
_PAGE = (
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n"
    "<p>The server encountered an internal error and was unable to complete your request. Either the server is"
    " overloaded or there is an error in the application.</p>\n"
)


@dataclass(frozen=True, kw_only=True)
class FlaskModel:
    """A model that is loaded and asked by functions.

    Args:
        functions: they.
        model: what model_fn returned.
    """

    functions: Functions
    model: Any

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Answer one request.

        Raises:
            RefusedError: a function failed.
        """
        kind, wanted = content_type or JSON, inference_toolkit.wanted(accept)
        try:
            data: Any = body.decode("utf-8", errors="replace") if kind in TEXTS else body
            return _response(self._transform(data, kind, wanted))
        except RefusedError:
            raise
        except MemoryError:
            # The next request would meet the same bound; a new process does not.
            raise
        except Exception as error:
            traceback.print_exc()
            raise RefusedError(500, _PAGE) from error

    def _transform(self, data: Any, content_type: str, accept: str) -> Any:
        use = self.functions
        if use.transform_fn:
            return use.transform_fn(self.model, data, content_type, accept)
        return use.output_fn(use.predict_fn(use.input_fn(data, content_type), self.model), accept)


def load(folder: Path, *, defaults: Functions, code: Path) -> FlaskModel:
    """Load a model by the user's functions.

    Args:
        folder: of the unpacked artifact.
        defaults: the image's own functions, for those that the user has not written.
        code: gets the user's code, if ``SAGEMAKER_SUBMIT_DIRECTORY`` says where it lies.

    Raises:
        NoModelError: no program is named, it cannot be found, or the model cannot be loaded.
    """
    program = os.environ.get("SAGEMAKER_PROGRAM")
    if not program:
        raise NoModelError(
            "the container's Environment has no SAGEMAKER_PROGRAM: name the file that has model_fn, and by"
            " SAGEMAKER_SUBMIT_DIRECTORY where it lies (/opt/ml/model/code, or an archive s3://...)"
        )
    sys.path.append(str(older_toolkit.FOLDER))
    with inference_code.explained(folder):
        place = source(folder, code)
        module = inference_code.user_module(place, program=program)
        if module is None:
            raise ModuleNotFoundError(f"No module named {program.removesuffix('.py')!r}")
        functions = inference_code.choose(module, defaults)
        return FlaskModel(functions=functions, model=functions.model_fn(inference_code.place_of(folder)))


def source(folder: Path, code: Path) -> Path:
    """Where the user's code lies, as ``SAGEMAKER_SUBMIT_DIRECTORY`` says.

    Args:
        folder: of the unpacked artifact.
        code: gets it, if it lies elsewhere.

    Raises:
        SourceError: it is not there.
        ValueError: what it needs cannot be installed.
    """
    address = os.environ.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    inside = address.removeprefix("file://")
    if not inside:
        return folder / "code"
    if inside == "/opt/ml/model" or inside.startswith("/opt/ml/model/"):
        return folder / inside.removeprefix("/opt/ml/model").lstrip("/")
    script_source.fetch(address, code)
    _install(code / "requirements.txt", own=code.parent / "environment")
    return code


def _install(requirements: Path, *, own: Path) -> None:
    """Let this process have what the code needs, which has imported nothing yet that this would replace."""
    if not requirements.is_file():
        return
    sys.stderr.write("installing packages from requirements.txt...\n")
    try:
        python = layers.with_requirements(
            requirements,
            lambda python: layers.run_pip(python, requirements),
            own=own,
        )
    except subprocess.CalledProcessError as error:
        raise ValueError("failed to install required packages") from error
    sys.path.insert(0, str(layers.packages(python)))


def _response(result: Any) -> Answer:
    """What Flask makes of what a function returns: a response, a tuple of it and its type, or a text alone.

    Raises:
        RefusedError: the response says that the request failed.
    """
    if hasattr(result, "get_data"):
        content, content_type = result.get_data(), str(result.mimetype)
        if result.status_code >= _FAILED:
            raise RefusedError(result.status_code, content.decode(errors="replace"))
    elif isinstance(result, tuple):
        content, content_type = result
    else:
        content, content_type = result, JSON if isinstance(result, dict | list) else _FLASK_DEFAULT
    # As Werkzeug does of what is a text.
    charset = "; charset=utf-8" if content_type.startswith("text/") else ""
    return Answer(body=inference_code.as_bytes(content), content_type=f"{content_type}{charset}")


def no_model_fn(model_dir: str) -> Any:  # the user's has it
    """In place of the one that a user has to write.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        textwrap.dedent("""
            Please provide a model_fn implementation.
            See documentation for model_fn at https://github.com/aws/sagemaker-python-sdk
            """)
    )


def output_fn(prediction: Any, accept: str) -> tuple[str | bytes, str]:
    """The body of an answer, and its type: what is accepted."""
    return inference_formats.encode_older(prediction, accept), accept
