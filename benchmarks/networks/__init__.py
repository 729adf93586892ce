"""The networks of `architectures.py` as each library builds them; peers take them from here."""
