"""What tests of an app need beside the cloud itself."""
