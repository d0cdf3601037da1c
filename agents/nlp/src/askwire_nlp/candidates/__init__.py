"""From typed pieces to plans: readings, their ties to the schema, and their assembly."""
