"""A folder of submissions: finding them, grading them side by side, showing what came of it."""
