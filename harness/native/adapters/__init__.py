"""One file a kata: its Python API over its C reference. `kata grade NAME --impl c` grades that file."""
