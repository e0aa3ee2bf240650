"""From measured rejections to the parameters of a membrane, with how well they are known."""
