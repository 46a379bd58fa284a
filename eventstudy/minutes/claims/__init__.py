"""Claims in time: when a claimed move was true, counted from what, and in which words."""
