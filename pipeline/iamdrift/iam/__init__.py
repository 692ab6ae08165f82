"""The IAM domain: resource keys, the call table, snapshots, and the log that keeps them in order."""
