"""The report: one HTML file that opens from disk and asks for nothing.

The figures are written into the page; the cases lie in it as compressed JSON, which the page's
script unfolds when one is opened. A content security policy allows that one script alone.
"""
