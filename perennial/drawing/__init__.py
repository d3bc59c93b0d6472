"""Pictures: a workflow as SVG, a history as plots."""
