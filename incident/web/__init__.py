"""The web room: pages for people, the REST API, the HTTP doors of the intake."""
