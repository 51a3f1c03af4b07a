"""Replacements put into the bytes of a file, and checked."""
