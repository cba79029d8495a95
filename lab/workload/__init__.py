"""The load generator of the repository, and the requests that it sends."""
