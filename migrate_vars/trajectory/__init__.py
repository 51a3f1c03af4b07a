"""Trajectories of a program's variables: the file format, mapping, alignment and comparison.

Needs NumPy, never TensorFlow: a trajectory recorded elsewhere can be compared anywhere.
"""
