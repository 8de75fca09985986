import requests


def fetch(name):
    return requests.get(name)
