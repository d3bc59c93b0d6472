"""What runs in processes of its own; imports neither the kernel nor a service."""
