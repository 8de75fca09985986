import requests
from fastapi import APIRouter

router = APIRouter()


@router.get("/mine")
def mine(name: str):
    return requests.get(name).text
