"""Set-up and day-to-day commands of the project; standard library only (see `__main__`)."""
