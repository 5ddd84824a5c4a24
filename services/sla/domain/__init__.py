"""What the clock service counts by: the working calendar, the counting, and the clocks. It never judges."""
