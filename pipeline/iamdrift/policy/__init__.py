"""IAM policy documents: canonical form and differences in IAM terms."""
