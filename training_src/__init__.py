"""Code that runs inside SageMaker containers; each file is one self-contained script."""
