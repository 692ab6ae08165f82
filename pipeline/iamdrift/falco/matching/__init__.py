"""From the syntax tree of a condition to one Python function, and from rules to the alerts they raise."""
