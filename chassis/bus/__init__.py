"""RabbitMQ: outbox relay, consumers, history, retries, parking."""
