"""Tests of the site: what its pages show, that their links hold, and how they do in a browser."""
