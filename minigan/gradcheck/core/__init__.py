"""What all checks share: differences, the subject under test, its inputs, reports and causes."""
