"""Drift: what a change did to a resource, before and after."""
