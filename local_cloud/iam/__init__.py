"""IAM as AWS decides it: identity, resource and trust policies, PassRole, conditions."""
