"""PySpark jobs; each file is one self-contained AWS Glue script."""
