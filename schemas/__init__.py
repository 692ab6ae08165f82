"""The Avro and JSON schemas of what iamdrift keeps and writes."""
