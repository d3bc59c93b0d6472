"""Search: resources by any of their properties.

Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Search.html
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, get_service_model
from moto.sagemaker.exceptions import AWSValidationException

from local_cloud.kernel import patching
from local_cloud.kernel.errors import NotEmulatedError
from local_cloud.services.sagemaker.training import TrainingJob

Record = Mapping[str, Any]
_PAGE, _LARGEST_PAGE = 10, 100


def _training_jobs(backend: Any) -> Iterator[Record]:
    return ({**TrainingJob(job).describe(), "Tags": job.tags} for job in list(backend.training_jobs.values()))


def _tuning_jobs(backend: Any) -> Iterator[Record]:
    jobs = list(backend.hyper_parameter_tuning_jobs.values())
    return ({**job.describe(), "Tags": job.tags} for job in jobs)


def _model_packages(backend: Any) -> Iterator[Record]:
    return ({**item.gen_response_object(), "Tags": item.tags} for item in list(backend.model_packages.values()))


def _model_package_groups(backend: Any) -> Iterator[Record]:
    return (item.gen_response_object() for item in list(backend.model_package_groups.values()))


def _endpoints(backend: Any) -> Iterator[Record]:
    return ({**item.response_object, "Tags": item.tags} for item in list(backend.endpoints.values()))


def _experiments(backend: Any) -> Iterator[Record]:
    for item in list(backend.experiments.values()):
        yield {**item.response_object, "ExperimentArn": item.arn}


def _trials(backend: Any) -> Iterator[Record]:
    return (item.response_object for item in list(backend.trials.values()))


def _trial_components(backend: Any) -> Iterator[Record]:
    for item in list(backend.trial_components.values()):
        trial = backend.trials.get(item.trial_name)
        parent = {"TrialName": item.trial_name, "ExperimentName": trial.experiment_name} if trial else None
        yield {**item.response_object, "Parents": [parent] if parent else []}


# Value of Resource, the member of a result, and where the resources are.
_RESOURCES: Mapping[str, tuple[str, Callable[[Any], Iterator[Record]]]] = {
    "TrainingJob": ("TrainingJob", _training_jobs),
    "HyperParameterTuningJob": ("HyperParameterTuningJob", _tuning_jobs),
    "ModelPackage": ("ModelPackage", _model_packages),
    "ModelPackageGroup": ("ModelPackageGroup", _model_package_groups),
    "Endpoint": ("Endpoint", _endpoints),
    "Experiment": ("Experiment", _experiments),
    "ExperimentTrial": ("Trial", _trials),
    "ExperimentTrialComponent": ("TrialComponent", _trial_components),
}


@patching.owner
def install() -> None:
    """Search ignores order, pages and half of the operators, and knows no nested property."""
    from moto.sagemaker.responses import SageMakerResponse

    patching.replace(SageMakerResponse, "search", search)


def search(self: Any) -> ActionResult:
    """Search, as a method of moto's response class."""
    return ActionResult(find(self.sagemaker_backend, self.params))


def find(backend: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request.

    Args:
        backend: moto's, of an account and a region.
        request: Search's input.

    Raises:
        AWSValidationException: a property or a value is not one of the API's.
        NotEmulatedError: there is no such resource here, or filters are nested.
    """
    if request["Resource"] not in _RESOURCES:
        raise _not_emulated(f"the resource {request['Resource']!r}")
    member, records = _RESOURCES[request["Resource"]]
    shape = get_service_model("sagemaker").shape_for("SearchRecord").members[member]
    matches = _expression(request.get("SearchExpression") or {}, shape)
    found = [record for record in records(backend) if matches(record)]
    order = request.get("SortBy") or "LastModifiedTime"
    _check_name(order, shape)
    present = [record for record in found if _first(record, order) is not None]
    present.sort(key=lambda record: _key(_first(record, order)), reverse=request.get("SortOrder") != "Ascending")
    found = present + [record for record in found if _first(record, order) is None]
    start, size = _start(request.get("NextToken")), int(request.get("MaxResults") or _PAGE)
    if not 1 <= size <= _LARGEST_PAGE:
        raise AWSValidationException(f"MaxResults is {size}, from 1 to {_LARGEST_PAGE} are allowed")
    answer: dict[str, Any] = {"Results": [{member: dict(record)} for record in found[start : start + size]]}
    if start + size < len(found):
        answer["NextToken"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return answer


def _expression(expression: Mapping[str, Any], shape: Any) -> Callable[[Record], bool]:
    if expression.get("NestedFilters"):
        raise _not_emulated("NestedFilters")
    conditions = [_filter(item, shape) for item in expression.get("Filters") or ()]
    conditions += [_expression(item, shape) for item in expression.get("SubExpressions") or ()]
    if not conditions:
        return lambda _: True
    combine = any if expression.get("Operator") == "Or" else all
    return lambda record: combine(condition(record) for condition in conditions)


def _filter(item: Mapping[str, Any], shape: Any) -> Callable[[Record], bool]:
    name, value = item["Name"], item.get("Value")
    operator = item.get("Operator") or ("Equals" if value is not None else "Exists")
    _check_name(name, shape)
    if operator in {"Exists", "NotExists"}:
        return lambda record: any(True for _ in _values(record, name)) is (operator == "Exists")
    if value is None:
        raise AWSValidationException(f"The filter on {name} has no Value, {operator} needs one")
    if operator not in _COMPARISONS:
        raise AWSValidationException(f"Operator {operator} is none of those that Search knows")
    compare = _COMPARISONS[operator]
    if operator == "NotEquals":
        return lambda record: not any(_COMPARISONS["Equals"](found, value) for found in _values(record, name))
    return lambda record: any(compare(found, value) for found in _values(record, name))


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def holds(found: Any, value: str) -> bool:
        try:
            return compare(_key(found), _key(datetime.fromisoformat(value) if _is_time(found) else float(value)))
        except (TypeError, ValueError) as error:
            raise AWSValidationException(f"Value {value!r} cannot be compared with {found!r} in order") from error

    return holds


def _equals(found: Any, value: str) -> bool:
    if isinstance(found, bool):
        return str(found).lower() == value.lower()
    return _ordered(lambda left, right: left == right)(found, value) if not isinstance(found, str) else found == value


_COMPARISONS: Mapping[str, Callable[[Any, str], bool]] = {
    "Equals": _equals,
    "NotEquals": lambda found, value: not _equals(found, value),
    "Contains": lambda found, value: value in str(found),
    "In": lambda found, value: str(found) in value.split(","),
    "GreaterThan": _ordered(lambda left, right: left > right),
    "GreaterThanOrEqualTo": _ordered(lambda left, right: left >= right),
    "LessThan": _ordered(lambda left, right: left < right),
    "LessThanOrEqualTo": _ordered(lambda left, right: left <= right),
}


def _values(record: Record, name: str) -> Iterator[Any]:
    """What a property is, or all that it is in a list; a tag goes by its key."""
    if name.startswith("Tags."):
        key = name.removeprefix("Tags.")
        yield from (tag["Value"] for tag in record.get("Tags") or () if tag["Key"] == key)
        return
    yield from _below(record, name)


def _below(value: Any, path: str) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _below(item, path)
    elif not path:
        if value is not None:
            yield value
    elif isinstance(value, Mapping):
        # A key of a map may have dots of its own.
        if path in value:
            yield from _below(value[path], "")
        else:
            head, _, rest = path.partition(".")
            yield from _below(value.get(head), rest) if rest else ()


def _first(record: Record, name: str) -> Any:
    return next(iter(_values(record, name)), None)


def _check_name(name: str, shape: Any) -> None:
    """Whether a property is one of the resource's.

    Raises:
        AWSValidationException: it is none.
    """
    here = shape
    for part in name.split("."):
        while here.type_name == "list" and name.partition(".")[0] != "Tags":
            here = here.member
        if here.type_name == "map" or name.startswith("Tags."):
            return
        if here.type_name != "structure" or part not in here.members:
            raise AWSValidationException(f"Unknown property name: {name}")
        here = here.members[part]


def _is_time(value: Any) -> bool:
    return isinstance(value, datetime)


def _key(value: Any) -> Any:
    if _is_time(value):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return value


def _start(token: str | None) -> int:
    if not token:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()))
    except (binascii.Error, ValueError) as error:
        raise AWSValidationException("Invalid NextToken: it is none that this call gave") from error


def _not_emulated(what: str) -> NotEmulatedError:
    return NotEmulatedError(f"the local cloud does not emulate {what} of Search: leave it out")
