"""What `askwire up` runs when no database is given: embedded PostgreSQL, the demo shop, the reader role."""
