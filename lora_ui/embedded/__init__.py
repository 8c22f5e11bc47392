"""The model that works out of the box and the recipe of its demo adapters."""
