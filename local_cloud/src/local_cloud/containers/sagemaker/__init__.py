"""What AWS ships as container images: each a program that runs in a process of its own."""
