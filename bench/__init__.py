"""What the chassis costs and gives, beside what people would use instead: `python -m bench`."""
