"""Graphs: operations one to one with NodeDefs, symbolic tensors, scopes, collections, and their GraphDef records."""
