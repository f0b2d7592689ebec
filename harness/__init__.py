"""The harness of the systems katas: explorer, grader, catalogue and command line."""
