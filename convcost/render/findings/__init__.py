"""What a check found, as text, JSON, GitHub annotations, JUnit and SARIF."""
