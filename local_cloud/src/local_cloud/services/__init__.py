"""One package or module an AWS service."""
