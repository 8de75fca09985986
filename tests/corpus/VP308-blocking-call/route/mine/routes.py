import requests
from fastapi import APIRouter

router = APIRouter()


@router.get("/mine")
async def mine(name: str):
    return requests.get(name).text
