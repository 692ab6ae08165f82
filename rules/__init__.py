"""The rules that ship with iamdrift."""
