"""Peers for `./escala bench --peers`: what a user would choose instead.

The same page from the same tables with other caches, an order as tutorials write it, and an import
with django-import-export.
"""
