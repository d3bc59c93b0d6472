"""What each role was granted, joined with what it did: from synthesised templates and the local cloud's call record.

Nothing here imports the local cloud. Its own decisions are the thing to be checked, so they are made again.
"""
