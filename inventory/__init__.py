"""What should exist: the typed model, its YAML loader, selectors, secrets, trust; the worlds as data."""
