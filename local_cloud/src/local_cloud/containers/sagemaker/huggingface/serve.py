"""What Hugging Face's image answers behind an endpoint: the user's functions, and its own for those that are missing.

The contract is that of https://github.com/aws/sagemaker-huggingface-inference-toolkit, ``handler_service.py`` and
``transformers_utils.py``, and of the server around it: ``mms/service.py`` of
https://github.com/awslabs/multi-model-server. Whatever fails is answered by 400 with its words.
"""

import inspect
import json
import os
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.containers.sagemaker import inference_code
from local_cloud.containers.sagemaker.huggingface import formats
from local_cloud.containers.sagemaker.inference_code import Context, Functions
from local_cloud.containers.sagemaker.inference_formats import CSV, TEXTS
from local_cloud.containers.sagemaker.programs import Answer, Model, NoModelError, RefusedError

# Each model may have code of its own, whose modules have the same names.
shares_process = False
_TASK, _HUB_MODEL = "HF_TASK", "HF_MODEL_ID"
# ``ARCHITECTURES_2_TASK``: by the end of the architecture's name, the last one that fits.
_TASKS = {
    "TapasForQuestionAnswering": "table-question-answering",
    "ForQuestionAnswering": "question-answering",
    "ForTokenClassification": "token-classification",
    "ForSequenceClassification": "text-classification",
    "ForMultipleChoice": "multiple-choice",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "ForConditionalGeneration": "text2text-generation",
    "MTModel": "text2text-generation",
    "EncoderDecoderModel": "text2text-generation",
    "GPT2LMHeadModel": "text-generation",
    "T5WithLMHeadModel": "text2text-generation",
}
_NESTED = frozenset({"zero-shot-classification", "table-question-answering"})


@dataclass(frozen=True, kw_only=True)
class Handler:
    """A loaded model.

    Args:
        functions: what answers.
        context: for those that take one.
        model: what model_fn returned; a pipeline, if it is the image's.
    """

    functions: Functions
    context: Context
    model: Any

    def answer(self, body: bytes, *, content_type: str, accept: str) -> Answer:
        """Answer one request.

        Raises:
            RefusedError: a function failed.
        """
        # Unlike the others this toolkit does not read SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT.
        wanted = "application/json" if accept in {"", "*/*"} else accept
        self.context.headers = {"Content-Type": content_type, "Accept": wanted}
        try:
            data: Any = body.decode("utf-8") if content_type in TEXTS else body
            content = inference_code.as_bytes(self._transform(data, content_type, wanted))
            return Answer(body=content, content_type=wanted)
        except MemoryError:
            # The next request would meet the same bound; a new process does not.
            raise
        except Exception as error:
            traceback.print_exc()
            told = {"code": 400, "type": "InternalServerException", "message": str(error)}
            raise RefusedError(400, json.dumps(told, indent=2)) from error

    def _transform(self, data: Any, content_type: str, accept: str) -> Any:
        use = self.functions
        if use.transform_fn:
            return self._call(use.transform_fn, self.model, data, content_type, accept)
        read = self._call(use.input_fn, data, content_type)
        return self._call(use.output_fn, self._call(use.predict_fn, read, self.model), accept)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return _call(function, *arguments, context=self.context)


def load(folder: Path) -> Model:
    """The model of an artifact.

    Raises:
        NoModelError: neither the user's code nor transformers can load it, or it is one of the Hugging Face Hub's.
    """
    if name := os.environ.get(_HUB_MODEL):
        raise NoModelError(
            f"{_HUB_MODEL} is {name!r}: the local cloud downloads nothing from the Hugging Face Hub; leave it out, and"
            " name a model.tar.gz with the model's files by ModelDataUrl"
        )
    place = inference_code.place_of(folder)
    context = Context(system_properties={"model_dir": place, "gpu_id": None, "batch_size": 1})
    with inference_code.explained(folder):
        module = inference_code.user_module(folder / "code", folder)
        functions = inference_code.choose(module, _DEFAULTS)
        return Handler(functions=functions, context=context, model=_call(functions.model_fn, place, context=context))


def task_of(folder: Path) -> str:
    """What a model is for.

    Raises:
        ValueError: neither ``HF_TASK`` nor its architecture tells.
    """
    if task := os.environ.get(_TASK):
        return task
    config = folder / "config.json"
    if not config.exists():
        raise ValueError(
            f"the artifact has no config.json at its root: put the model's files there, or name its task by {_TASK}"
        )
    architecture = (json.loads(config.read_text(encoding="utf-8")).get("architectures") or [""])[0]
    found = [task for ending, task in _TASKS.items() if architecture.endswith(ending)]
    if not found:
        raise ValueError(
            f"Task couldn't be inferenced from {architecture}.Inference Toolkit can only inference tasks from"
            f" architectures ending with {list(_TASKS)}.Use env `{_TASK}` to define your task."
        )
    return found[-1]


def _model_fn(model_dir: str) -> Any:
    task = task_of(Path(model_dir))
    # As the toolkit does, whose input_fn looks at it.
    os.environ[_TASK] = task
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from transformers import pipeline

    reads = "feature_extractor" if task in formats.FEATURE_TASKS else "tokenizer"
    return pipeline(task=task, model=model_dir, device=-1, **{reads: model_dir})


def _input_fn(body: Any, content_type: str) -> Any:
    task = os.environ.get(_TASK)
    if content_type == CSV and task in _NESTED:
        raise ValueError(f"content type {content_type} not support with {task}, use different content_type")
    return formats.decode(body, content_type)


def _predict_fn(data: Any, model: Any) -> Any:
    inputs, parameters = data.pop("inputs", data), data.pop("parameters", None)
    return model(inputs, **(parameters or {}))


def _output_fn(prediction: Any, accept: str) -> str | bytes:
    return formats.encode(prediction, accept)


def _call(function: Callable[..., Any], *arguments: Any, context: Context) -> Any:
    """Call a function, with the context if it takes one parameter more: ``function_extra_arg`` of the toolkit."""
    takes, given = len(inspect.signature(function).parameters), len(arguments)
    if takes not in {given, given + 1}:
        raise TypeError(
            f"{function.__name__} definition takes {given} or {given + 1} arguments but {takes} were given."
        )
    return function(*arguments) if takes == given else function(*arguments, context)


_DEFAULTS = Functions(model_fn=_model_fn, input_fn=_input_fn, predict_fn=_predict_fn, output_fn=_output_fn)
