"""`make lighthouse`: what Lighthouse says of four pages."""
