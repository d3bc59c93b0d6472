"""The part of AWS Glue's library that scripts here use; on the path of a job's process only."""
