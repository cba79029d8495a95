"""Tracing: find what the logs and rows of a system say about one request, order or job."""
