"""The product's database backend, with one change that lets a test roll back what it did."""
