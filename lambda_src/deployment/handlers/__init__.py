"""Entry points: parse the event, call one piece of logic, map the result."""
