"""The fields that rules can use: one table a class, and which classes each source has."""
