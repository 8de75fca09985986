import click


@click.command()
def register(config):
    return config
