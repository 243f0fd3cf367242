"""What an editor is told of the spec language: a schema, and what its words mean."""
