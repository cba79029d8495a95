"""The app accounts: who you are: issues tokens."""
