"""What an operator does to a running county: look and mend. `xiangyin` on the command line, /v1/parked over HTTP."""
