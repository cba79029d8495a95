"""Categories, products and their stock, and the cache in front of them."""
