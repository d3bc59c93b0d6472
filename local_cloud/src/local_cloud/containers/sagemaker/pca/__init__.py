"""SageMaker's own principal component analysis: its image."""

from local_cloud.containers.sagemaker.image import BuiltIn, Image

IMAGES = (
    Image(
        name="pca:1",
        packages=("numpy",),
        differs="Computed by numpy; the signs of components are fixed. See pca.md.",
        train=f"{__name__}.train",
        serve=f"{__name__}.serve",
        reads_pipes=True,
        built_in=BuiltIn(
            checkpoints=False,
            # It has no metric to be tuned by: https://docs.aws.amazon.com/sagemaker/latest/dg/pca.html
            objectives={},
            # As public logs of its jobs have them.
            metrics={
                "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
                "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
            },
        ),
    ),
)
