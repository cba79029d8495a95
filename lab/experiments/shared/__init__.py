"""What experiments share: the protocol that each one follows, and long parts of methods."""
