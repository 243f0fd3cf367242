"""`convcost fit`: what is asked, and whether it fits into a memory."""
