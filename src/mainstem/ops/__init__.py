"""The registry's entries, by subject. An entry knows arrays only: in which mode it runs it cannot know."""
