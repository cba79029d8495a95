"""The app catalog: categories and products."""
