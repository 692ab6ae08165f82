"""CloudTrail: envelopes, records, events, actors."""
