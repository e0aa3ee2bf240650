"""Campaign files: what they may say, what is wrong in one, and what one will take."""
