"""From what a visitor writes to facts with witnesses and to what they want."""
