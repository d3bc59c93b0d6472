"""The deployment workflow as plain data, no CDK."""
