"""An endpoint may have more variants than deployments make."""

import pytest

from contract import variants
from contract.names import VARIANT


@pytest.mark.parametrize(
    ("names", "found"),
    [([VARIANT], VARIANT), ([VARIANT, "trial"], VARIANT), (["trial", VARIANT], VARIANT), (["theirs"], "theirs")],
)
def test_ours_is_found_by_its_name(names: list[str], found: str) -> None:
    assert variants.ours([{"VariantName": name} for name in names])["VariantName"] == found
