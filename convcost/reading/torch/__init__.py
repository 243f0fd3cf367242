"""PyTorch modules -> networks, through torch.export: what a module does, without running it and without its weights."""
