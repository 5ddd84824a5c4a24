"""What every service has or may have as it is: regions, privacy routes, timers, parked facts."""
