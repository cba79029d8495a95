"""The load generator of this repository, the requests it sends, and a plain HTTP client."""
