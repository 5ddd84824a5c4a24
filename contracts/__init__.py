"""The published language: one module per producing service, one marshmallow class per fact."""
