"""The dialects in which TensorFlow programs are written: layers, Slim and their relatives; each only writes ops down."""
