"""Compares the outputs of programs: what they print, summarise and fetch."""
