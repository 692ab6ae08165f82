"""Falco rules: the condition language, rule files, output formats, alerts."""
