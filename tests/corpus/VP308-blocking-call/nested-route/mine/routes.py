import time

from fastapi import APIRouter

router = APIRouter()


def attach(app):
    @app.post("/mine")
    async def mine():
        time.sleep(1)
