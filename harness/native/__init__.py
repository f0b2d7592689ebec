"""The C references: built when they are first needed, bound with cffi, presented as the kata's Python API."""
