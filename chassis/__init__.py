"""The microservice chassis: Nameko, kombu and pymongo, and what every service has of the domain (docs/chassis.md)."""
