"""Regions, people with their roles, sign-in codes and sessions."""
