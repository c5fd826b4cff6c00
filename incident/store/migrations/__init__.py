"""Alembic's scripts: every change the tables went through."""
