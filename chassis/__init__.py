"""The microservice chassis: every Nameko, kombu and pymongo trick; of the domain what every service has."""
