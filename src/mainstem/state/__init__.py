"""Variables, variable scopes and stores: which node of a graph is a variable, who made it, and how it is found again."""
