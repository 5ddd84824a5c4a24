"""Pages and schemas generated from the code: `make docs`. None of them is written by hand."""
