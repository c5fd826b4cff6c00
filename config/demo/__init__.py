"""The demonstration: a whole Tocsin on a fast clock, three recorded stories, scripted people."""
