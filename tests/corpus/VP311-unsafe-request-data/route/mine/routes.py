import pickle

from fastapi import APIRouter, Request

router = APIRouter()


@router.post("/mine")
async def mine(request: Request):
    body = await request.body()
    return pickle.loads(body)
