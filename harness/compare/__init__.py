"""`kata compare`: the learner's code, the references and what else one would take, on the same work."""
