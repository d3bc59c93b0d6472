"""What travels with the functions' code."""

from pathlib import Path

import pytest
from aws_cdk import Token

from mlops_constructs.compute.function_code import FunctionCode


def test_a_value_that_only_cloudformation_knows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds a token"):
        FunctionCode(tmp_path, catalogue={"m": {"key": Token.as_string({"Ref": "Key"})}})
