"""What Python code says: scopes, names, values, sessions. It knows no rule and changes nothing."""
