"""What each function takes and answers: one module a function, named after it, with a call and its answer.

The state machines build their payloads from the calls and read the answers' fields; the handlers read the same calls
and give the same answers. A field that is renamed here must be renamed everywhere, or nothing can be synthesised.
"""
