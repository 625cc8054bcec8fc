"""Hazards of migrations, a folder each, and the test that a rehearsal finds them and nothing else."""
