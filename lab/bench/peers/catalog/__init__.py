"""The page that is compared: products on sale, 20 per page, with the fields of Escala's list."""
