"""What every service has or may have as it is: regions, the rights of people, timers, parked facts."""
