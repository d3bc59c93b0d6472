"""The only users of boto3."""
