"""A round against the clock: clarify, whiteboard, code, review; and grading on every save.

`round` has the phases and their time, `notes` what is written down, `saved` keeps both through
anything, `live` grades when a file changes, `screen` is what a person sees.
"""
