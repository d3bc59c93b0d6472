"""The base of every schema."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen, and unknown keys are errors; numbers are finite, because NaN passes no comparison and fails none."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
