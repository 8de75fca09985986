import time

from fastapi import APIRouter

router = APIRouter()


@router.websocket("/mine")
async def mine(link):
    time.sleep(1)
