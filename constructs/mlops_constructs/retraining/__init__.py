"""The retraining workflow as plain data, no CDK."""
