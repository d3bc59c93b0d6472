"""Code that runs inside SageMaker containers."""
