"""The contract of an app: which names of the environment its code reads, and which are declared and have a value."""
