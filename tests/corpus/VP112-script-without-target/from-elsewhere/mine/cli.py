from click import main
