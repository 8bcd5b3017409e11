"""The handler modules by identifier; the API's names are those of the system taken over."""
