"""Kafka, Parquet and files."""
