"""How the site is made: run the notebooks, make their widgets stand still, write the generated pages, call Sphinx."""
