"""Rule files: from YAML to lists, macros and rules, and what is said when they are wrong."""
