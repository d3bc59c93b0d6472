"""Labelled texts as those read them who train on them, and as those who ask."""

from pyspark.sql import functions as F  # noqa: N812  # the name that every Spark text uses

from etl_library.parts import Lines


def labelled_texts(*, label: str, text: str) -> Lines:
    """Lines ``__label__positive  I like it`` to train on, and JSON ``{"label": ..., "request": ...}`` to be held out.

    A request is one of Hugging Face's handler: https://github.com/aws/sagemaker-huggingface-inference-toolkit

    Args:
        label: column of one word.
        text: column; what separates lines in it becomes a space.
    """
    line = F.trim(F.regexp_replace(F.col(text), r"\s+", " "))
    request = F.struct(line.alias("inputs"))
    return Lines(
        trained=F.concat(F.lit("__label__"), F.col(label), F.lit("  "), line),
        held_out=F.to_json(F.struct(F.col(label).alias("label"), request.alias("request"))),
        request=F.to_json(request),
    )
