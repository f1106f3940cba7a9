"""How the site is built: plain functions, and `main`, the hooks over them."""
