"""A room of learners on one machine: a JupyterHub, the guide for who stands in front, and the load test."""
