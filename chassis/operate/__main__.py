"""`python -m chassis.operate`"""

from chassis.operate.cli import main

main()
