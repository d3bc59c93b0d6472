"""What travels with the functions' code."""

from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import Token

from contract.catalogue import Approvals, Model
from contract.family import BEFORE
from mlops_constructs.compute.function_code import FunctionCode


def test_a_value_that_only_cloudformation_knows_is_refused(tmp_path: Path) -> None:
    approval = Approvals(sandbox="manual", qa="manual", prod="manual")
    model = Model(name="m", approval=approval, when_unapproved="keep", endpoint="e", family=BEFORE)
    with pytest.raises(ValueError, match="holds a token"):
        FunctionCode(tmp_path, catalogue={"m": replace(model, name=Token.as_string({"Ref": "Key"}))})
