"""The part of AWS Glue's library that scripts here use; on the path of a job's process only.

All names that scripts import are there, as in https://github.com/awslabs/aws-glue-libs. What has no stand-in refuses
when it is called, and says what to use instead.
"""

from awsglue.dynamicframe import DynamicFrame

__all__ = ["DynamicFrame"]
