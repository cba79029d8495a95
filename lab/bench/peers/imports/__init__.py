"""The import that is compared: products from a CSV file, with django-import-export."""
