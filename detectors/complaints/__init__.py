"""The text of complaints: which words rose, and which of the five classes (handbook H4.1) it belongs to."""
