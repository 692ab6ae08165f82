"""The same job on a Flink cluster: its options, its jar, how it is submitted, and how its Python workers start."""
