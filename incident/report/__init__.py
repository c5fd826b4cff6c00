"""The report room: an incident's log told as a timeline, and as a report in HTML, Markdown and JSON."""
