"""The clock book: dated data on who must be told what until when, and the arithmetic. Not legal advice."""
