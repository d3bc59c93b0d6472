"""What PyTorch's image answers behind an endpoint: the user's functions, and its own for those that are missing.

``default_pytorch_inference_handler.py`` and ``handler_service.py`` of
https://github.com/aws/sagemaker-pytorch-inference-toolkit. TorchServe puts the artifact's root on the path of modules
too: ``WorkerLifeCycle.java`` of https://github.com/pytorch/serve.
"""

from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import inference_code, inference_formats
from local_cloud.containers.sagemaker.inference_code import Functions
from local_cloud.containers.sagemaker.inference_formats import CSV, TEXTS
from local_cloud.containers.sagemaker.programs import Model

# Each model has code of its own, whose modules have the same names.
shares_process = False
_MODEL_FILE = "model.pt"


class ModelLoadError(Exception):
    """A model file is none of TorchScript's."""


def load(folder: Path) -> Model:
    """The model of an artifact.

    Raises:
        NoModelError: neither the user's code nor the image can load it.
    """
    code = folder / "code"
    several = inference_code.serves_several()
    return inference_code.load(folder, defaults=_DEFAULTS, code=(folder, code) if several else (code, folder))


def _model_fn(model_dir: str) -> Any:
    import torch

    folder = Path(model_dir)
    file = folder / _MODEL_FILE
    if not file.exists():
        found = [path for path in folder.iterdir() if path.is_file() and path.suffix in {".pt", ".pth"}]
        if len(found) != 1:
            names = [path.name for path in found]
            raise ValueError(f"Exactly one .pth or .pt file is required for PyTorch models: {names}")
        file = found[0]
    try:
        return torch.jit.load(str(file), map_location=torch.device("cpu"))
    except RuntimeError as error:
        raise ModelLoadError(f"Failed to load {file}. Please ensure model is saved using torchscript.") from error


def _input_fn(body: Any, content_type: str) -> Any:
    import torch

    array = inference_formats.decode(body, content_type)
    return torch.FloatTensor(array) if content_type in TEXTS else torch.from_numpy(array)


def _predict_fn(data: Any, model: Any) -> Any:
    import torch

    with torch.no_grad():
        model.eval()
        return model(data)


def _output_fn(prediction: Any, accept: str) -> str | bytes:
    import torch

    values = prediction.detach().numpy().tolist() if type(prediction) is torch.Tensor else prediction
    content, content_type = inference_formats.encode_for(values, accept)
    return content.encode() if content_type == CSV and isinstance(content, str) else content


_DEFAULTS = Functions(model_fn=_model_fn, input_fn=_input_fn, predict_fn=_predict_fn, output_fn=_output_fn)
