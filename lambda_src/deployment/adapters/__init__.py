"""What asks AWS, each with a client that it gets; see `shared.adapters.clients`."""
