"""What the models' ETL scripts share, for Glue 5.1 (Spark 3.5.6, Python 3.11): Glue gets it in ``--extra-py-files``."""
