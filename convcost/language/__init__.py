"""The spec language: text -> tree -> parts -> layers."""
