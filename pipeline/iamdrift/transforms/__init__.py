"""Beam DoFns: thin shells around the pure core."""
