"""What memory a network takes beside its activations: what training keeps, by the rules of a framework."""
