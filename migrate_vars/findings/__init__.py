"""What is said about the code, and how it is shown."""
