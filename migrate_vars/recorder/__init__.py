"""What runs inside the user's interpreter: records a program's variables without changing it.

Needs TensorFlow and NumPy only, and keeps to Python 3.7 syntax, because it also runs inside old
environments (TensorFlow 1.15 under Python 3.7) in which nothing else of this package is installed.
It is started by path (``python .../migrate_vars/recorder ...``), so its modules import one another
relatively and nothing else of ``migrate_vars``.
"""
