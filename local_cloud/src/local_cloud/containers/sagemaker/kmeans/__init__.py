"""SageMaker's own k-means: its image."""

from local_cloud.containers.sagemaker.image import BuiltIn, Image

IMAGES = (
    Image(
        name="kmeans:1",
        packages=("numpy", "scikit-learn"),
        differs="scikit-learn reduces the centers at the end, and equal jobs end with equal models. See k-means.md.",
        train=f"{__name__}.train",
        serve=f"{__name__}.serve",
        reads_pipes=True,
        built_in=BuiltIn(
            checkpoints=False,
            # https://docs.aws.amazon.com/sagemaker/latest/dg/k-means-tuning.html
            objectives={"test:msd": "Minimize", "test:ssd": "Minimize"},
            # Those of the test data as in the SDK's documentation; the others have the form that all algorithms share.
            metrics={
                **{
                    f"{channel}:{name}": rf"#quality_metric: host=\S+, {channel} {name} <loss>=(\S+)"
                    for channel in ("test", "train")
                    for name in ("msd", "ssd")
                },
                "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
                "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
            },
        ),
    ),
)
