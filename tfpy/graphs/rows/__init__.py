"""TensorFlow's operations as tfpy's, a module for each family. `table.find` imports them."""
