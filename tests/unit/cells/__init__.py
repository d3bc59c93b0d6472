"""One cell, one meaning: the table of docs/cells.md, and what every reader makes of each kind."""
