"""Variables of containers, as a model may say them.

A training job takes fewer and shorter ones than a SageMaker model does.
Reference: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
"""

from typing import Annotated

from pydantic import Field, StringConstraints

# SageMaker takes a hundred, of which a family has two at most.
_MOST = 98
_LONGEST = 512

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=_LONGEST)]
Variables = Annotated[
    dict[Name, Annotated[str, StringConstraints(max_length=_LONGEST)]], Field(default_factory=dict, max_length=_MOST)
]
