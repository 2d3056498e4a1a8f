"""Text of each part, from the inventory: pure, one file a part. `skeleton` is day-0, `tenants` all the rest."""
