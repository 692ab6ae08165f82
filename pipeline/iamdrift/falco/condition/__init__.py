"""The condition language of Falco: its syntax tree, the text of that tree, and the way from text to tree."""
