"""The microservice chassis: every Nameko, kombu and pymongo trick, and no domain word (see docs/chassis.md)."""
