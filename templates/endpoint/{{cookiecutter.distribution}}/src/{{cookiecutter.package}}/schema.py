"""What a request and an answer look like."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1, max_length=1_000_000)]


class RankRequest(BaseModel):
    """A prompt, and what may follow it."""

    # Strict: 5 is not a text. A misspelt option is an error, not ignored.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    prompt: Text
    choices: Annotated[list[Text], Field(min_length=1, max_length=1024)]
    normalize: bool = False


class RankedChoice(BaseModel):
    """How likely one choice is."""

    index: int
    tokens: int
    logprob: float
    probability: float


class RankAnswer(BaseModel):
    """The choices, in the order of the request, and which of them is likeliest."""

    best: int
    choices: list[RankedChoice]
