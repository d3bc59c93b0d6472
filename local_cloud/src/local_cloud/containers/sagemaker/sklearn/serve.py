"""What scikit-learn's image answers behind an endpoint: the user's functions, and its own for three of them.

``serving.py`` and ``handler_service.py`` of https://github.com/aws/sagemaker-scikit-learn-container: one model is
served by the older toolkit, several by the newer one, which makes a row of a single list.
"""

import tempfile
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import inference_code, inference_formats, older_inference_code
from local_cloud.containers.sagemaker.inference_code import Functions
from local_cloud.containers.sagemaker.inference_formats import TEXTS
from local_cloud.containers.sagemaker.older_inference_code import no_model_fn, output_fn
from local_cloud.containers.sagemaker.programs import Model, NoModelError

# Each model may have code of its own, whose modules have the same names.
shares_process = False
_NOT_ON_AWS = (
    "SAGEMAKER_SUBMIT_DIRECTORY is a folder of the model: where an endpoint has several models, AWS's image of"
    " scikit-learn starts with the code of that variable, which must be an archive in S3, and finds a model's own code"
    " at the root of its archive; give the model an endpoint of its own, or name such an archive"
)


def load(folder: Path) -> Model:
    """The model of an artifact.

    Raises:
        NoModelError: the user's code cannot load it.
    """
    code = Path(tempfile.mkdtemp()) / "code"
    if not inference_code.serves_several():
        return older_inference_code.load(folder, defaults=_ONE, code=code)
    with inference_code.explained(folder):
        place = older_inference_code.source(folder, code)
        if place.is_relative_to(folder):
            # By serving_mms.py of https://github.com/aws/sagemaker-scikit-learn-container; nobody has tried it there.
            raise NoModelError(_NOT_ON_AWS)
        folders = (folder, place)
    return inference_code.load(folder, defaults=_SEVERAL, code=folders)


def _input_fn(body: Any, content_type: str) -> Any:
    array = inference_formats.decode_older(body, content_type)
    return array.astype("float32") if content_type in TEXTS else array


def _rows_input_fn(body: Any, content_type: str) -> Any:
    array = inference_formats.decode(body, content_type)
    rows = array.reshape(1, -1) if array.ndim == 1 else array
    return rows.astype("float32") if content_type in TEXTS else rows


def _predict_fn(data: Any, model: Any) -> Any:
    return model.predict(data)


def _several_output_fn(prediction: Any, accept: str) -> tuple[str | bytes, str]:
    return inference_formats.encode(prediction, accept), accept


_ONE = Functions(
    model_fn=no_model_fn,
    input_fn=_input_fn,
    predict_fn=_predict_fn,
    output_fn=output_fn,
)
_SEVERAL = Functions(
    model_fn=no_model_fn,
    input_fn=_rows_input_fn,
    predict_fn=_predict_fn,
    output_fn=_several_output_fn,
)
