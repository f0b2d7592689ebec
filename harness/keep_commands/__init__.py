"""The commands around an attempt: history, progress, next, plan, export, import, hint, reset, solution."""
