"""Runs programs unchanged, each in a process of its own, and reads what became of them."""
