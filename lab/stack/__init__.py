"""One running system: its home, its processes, and the commands that change it."""
