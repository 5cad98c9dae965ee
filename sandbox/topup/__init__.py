"""What the simulated top-up suppliers share: scenarios, the course of an order, books, goods."""
