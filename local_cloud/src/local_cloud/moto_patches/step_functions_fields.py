"""Faults of moto's Step Functions in fields of states: expressions, intrinsic functions, paths, choices and texts."""

import json
from typing import Any

from local_cloud.kernel import patching


def install() -> None:
    """Correct all of them."""
    expressions()
    intrinsic_functions()
    choices()
    paths()
    texts_of_failures()
    all_arguments()


@patching.owner
def expressions() -> None:
    """A JSONata expression that fails is called States.Runtime, and no cause says in which field it is."""
    from moto.stepfunctions.parser.asl.component.common.string import string_expression
    from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import HeartbeatSecondsJSONata
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSecondsJSONata
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison import ConditionStringJSONata
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.items.items import ItemsJSONata
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.max_concurrency import MaxConcurrencyJSONata
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.tolerated_failure import (
        ToleratedFailureCountStringJSONata,
        ToleratedFailurePercentageStringJSONata,
    )
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.seconds import SecondsJSONata

    from local_cloud.services.step_functions.expressions import giving, in_words, pushing, validate

    patching.replace(string_expression, "validate_jsonata_expression_output", validate)
    for expression in (string_expression.StringJSONata, string_expression.StringVariableSample):
        patching.replace(expression, "_eval_body", in_words(expression._eval_body))
    patching.replace(ItemsJSONata, "_eval_body", pushing("array"))
    patching.replace(ConditionStringJSONata, "_eval_body", pushing("boolean"))
    for field, method, kind in (
        (SecondsJSONata, "_get_wait_seconds", "integer"),
        (TimeoutSecondsJSONata, "_eval_seconds", "integer"),
        (HeartbeatSecondsJSONata, "_eval_seconds", "integer"),
        (MaxConcurrencyJSONata, "_eval_max_concurrency", "integer"),
        (ToleratedFailureCountStringJSONata, "_eval_tolerated_failure_count", "integer"),
        (ToleratedFailurePercentageStringJSONata, "_eval_tolerated_failure_percentage", "number"),
    ):
        patching.replace(field, method, giving(kind))


@patching.owner
def intrinsic_functions() -> None:
    """Escapes in an intrinsic function's texts stay or break it, null is no argument, and some functions are wrong."""
    from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

    from local_cloud.services.step_functions.intrinsic_component import IntrinsicFunction

    def visit(_self: Any, ctx: Any) -> IntrinsicFunction:
        return IntrinsicFunction(json.loads(ctx.STRINGINTRINSICFUNC().getText(), strict=False))

    patching.replace(Preprocessor, "visitString_intrinsic_function", visit)


@patching.owner
def choices() -> None:
    """A Choice without a match dies, and one whose Variable leads nowhere takes the next rule; on AWS both fail."""
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_operator_type import (
        ComparisonOperatorType,
    )
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.comparison_variable import ComparisonVariable
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.operator.implementations import is_operator
    from moto.stepfunctions.parser.asl.component.state.choice.comparison.variable import NoSuchVariable
    from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice

    from local_cloud.moto_patches.step_functions import from_timestamp_string
    from local_cloud.services.step_functions import failures, places

    def eval_comparison(self: Any, env: Any) -> None:
        self.variable.eval(env)
        missing = isinstance(env.stack[-1], NoSuchVariable)
        if missing and self.comparison_function.operator_type != ComparisonOperatorType.IsPresent:
            path = self.variable.string_sampler.literal_value
            cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
            raise failures.failure(env, failures.RUNTIME, cause)
        self.comparison_function.eval(env)

    def eval_state(self: Any, env: Any) -> None:
        for index, rule in enumerate(self.choices_decl.rules):
            with places.within(f"Choices[{index}]"):
                rule.eval(env)
            if env.stack.pop() is True:
                env.stack.append(rule.next_stmt.name)
                return
        if self.default_state is None:
            cause = "Failed to transition out of the state. The state does not point to a next state."
            raise failures.failure(env, failures.NO_CHOICE, cause)
        env.stack.append(self.default_state.state_name)

    patching.replace(ComparisonVariable, "_eval_body", eval_comparison)
    patching.replace(StateChoice, "_eval_state", eval_state)
    patching.replace(is_operator.IsTimestamp, "string_to_timestamp", staticmethod(from_timestamp_string))


@patching.owner
def paths() -> None:
    """Causes of paths that lead nowhere are cut off, and ResultPath writes over what it does not fit."""
    from moto.stepfunctions.parser.asl.component.common.path.input_path import InputPath
    from moto.stepfunctions.parser.asl.component.common.path.items_path import ItemsPath
    from moto.stepfunctions.parser.asl.component.common.path.output_path import OutputPath
    from moto.stepfunctions.parser.asl.component.common.path.result_path import ResultPath
    from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import HeartbeatSecondsPath
    from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSecondsPath
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.max_concurrency import MaxConcurrencyPath
    from moto.stepfunctions.parser.asl.component.state.wait.wait_function.seconds_path import SecondsPath

    from local_cloud.services.step_functions.reference_paths import (
        check_seconds,
        eval_items_path,
        eval_max_concurrency,
        eval_result_path,
        eval_seconds,
        telling,
    )

    for field in (InputPath, OutputPath):
        patching.replace(field, "_eval_body", telling(field._eval_body))
    for seconds in (TimeoutSecondsPath, HeartbeatSecondsPath):
        patching.replace(seconds, "_eval_seconds", eval_seconds)
    patching.replace(MaxConcurrencyPath, "_eval_max_concurrency", eval_max_concurrency)
    patching.replace(SecondsPath, "_validate_seconds_value", check_seconds)
    patching.replace(ItemsPath, "_eval_body", eval_items_path)
    patching.replace(ResultPath, "_eval_body", eval_result_path)


@patching.owner
def texts_of_failures() -> None:
    """A Fail state tells an error or a cause that is no text."""
    from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
    from moto.stepfunctions.parser.asl.component.state.fail.cause_decl import Cause
    from moto.stepfunctions.parser.asl.component.state.fail.error_decl import Error

    from local_cloud.services.step_functions import expressions, failures

    def eval_body(self: Any, env: Any) -> None:
        said = self.string_expression
        said.eval(env=env)
        value = env.stack[-1]
        if isinstance(value, str):
            return
        if isinstance(said, StringJSONata):
            raise expressions.unexpected(env, said.expression, "string", value)
        cause = f"The value of the field '{type(self).__name__}' must be a text, got {failures.as_json(value)}"
        raise failures.failure(env, failures.RUNTIME, cause)

    patching.replace(Cause, "_eval_body", eval_body)
    patching.replace(Error, "_eval_body", eval_body)


@patching.owner
def all_arguments() -> None:
    """Arguments of a task that moto does not know are left out of its call without a word."""
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask

    from local_cloud.services.step_functions import failures

    def eval_parameters(self: Any, env: Any) -> Any:
        if self.parargs is None:
            return {}
        self.parargs.eval(env=env)
        arguments = env.stack.pop()
        if not isinstance(arguments, dict):
            told = failures.as_json(arguments)
            cause = f"The Parameters '{told}' could not be used to start the Task: [They are not an object]"
            raise failures.failure(env, failures.RUNTIME, cause)
        return arguments

    patching.replace(StateTask, "_eval_parameters", eval_parameters)
