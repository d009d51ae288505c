"""What TensorFlow programs use of their surroundings: logging, files, flags, test cases."""
