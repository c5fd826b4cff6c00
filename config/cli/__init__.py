"""The command line. Nothing heavy is imported until a command runs, so that ``tocsin --help`` answers at once."""
