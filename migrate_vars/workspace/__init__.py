"""Which files are worked on, and how they are read and written."""
