"""Parts of the method that several experiments share, or that are long enough for a file."""
