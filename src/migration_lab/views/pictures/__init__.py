"""Pictures of databases, statements and failures, still or live."""
