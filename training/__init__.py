"""Makes the model: corpus, fitting, evaluation, publishing."""
