"""What AWS ships as container images: each a program that runs in a process of its own.

A package in here is a family of images: its ``__init__.py`` has `IMAGES`, and lying here is what makes it known. The
modules beside are what all families share; they know none of them.
"""
