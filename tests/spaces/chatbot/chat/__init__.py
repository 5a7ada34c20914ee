"""The parts of Paper Chat."""
