import time

from fastapi import APIRouter


async def mine():
    time.sleep(1)


router = APIRouter()
router.add_api_route("/mine", mine)
