"""What keeps data: buckets, tables, the model registry."""
