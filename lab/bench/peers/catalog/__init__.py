"""The page that is compared: products on sale, 20 at a time, with the fields that Escala's own list
has."""
