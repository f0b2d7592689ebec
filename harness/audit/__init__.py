"""The audit of the suites: every stub, solution and variant gets the verdict that it should."""
