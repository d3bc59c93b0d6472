"""The part of AWS Glue's library that Spark jobs need to start; on the path of local jobs only."""
