"""`convcost sweep`: what is asked, and the run."""
