"""Bug hunts: a broken variant, without the header that tells, as a program with a fault to find and mend."""
