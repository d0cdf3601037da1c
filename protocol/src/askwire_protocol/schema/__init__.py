"""Machine-readable description of the protocol, made from the typed messages: JSON Schema, examples, AsyncAPI."""
