"""iamdrift: AWS CloudTrail in, IAM drift out."""

__version__ = "0.1.0"
