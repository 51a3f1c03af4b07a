"""Runs inside the user's interpreter and records a program's variables without changing it.

Requires only TensorFlow and NumPy, and uses Python 3.7 syntax, because it also runs in old
environments (TensorFlow 1.15 with Python 3.7) where nothing else of this package is installed. It
is started by path (``python .../migrate_vars/recorder ...``), so its modules import each other
relatively and nothing else of ``migrate_vars``.
"""
