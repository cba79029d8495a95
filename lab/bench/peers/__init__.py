"""PEERS: the same page from the same tables, made the ways that others make it; for `./escala bench
--peers`."""
