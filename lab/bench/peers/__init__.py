"""Peers: the same page from the same tables, with other caches; for `./escala bench --peers`."""
