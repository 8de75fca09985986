"""What a request and an answer look like."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator


def _as_list(texts: object) -> object:
    return [texts] if isinstance(texts, str) else texts


class EmbedRequest(BaseModel):
    """Texts to embed, and how to cut them."""

    # Strict: "800" is not a number and 1 is not true. A misspelt option is an error, not ignored.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    texts: Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1, max_length=1024)]
    chunk_chars: int = Field(default=1000, ge=1)
    overlap_chars: int = Field(default=100, ge=0)
    normalize: bool = True

    @model_validator(mode="after")
    def _check(self) -> "EmbedRequest":
        for index, text in enumerate(self.texts):
            if not text.strip():
                raise ValueError(f"texts[{index}] is blank")
        # With 999 of 1000 the model would read each text a thousand times.
        if self.overlap_chars * 2 > self.chunk_chars:
            raise ValueError(
                f"overlap_chars ({self.overlap_chars}) must be at most half of "
                f"chunk_chars ({self.chunk_chars})"
            )
        return self


class TextVector(BaseModel):
    """One text's vector."""

    index: int
    chunks: int
    embedding: list[float]


class EmbedAnswer(BaseModel):
    """The vectors, in the order of the request's texts."""

    dimensions: int
    vectors: list[TextVector]


def parse_request(data: object, max_chars: int) -> EmbedRequest:
    """Return the request that `data` holds: a mapping of the fields, a text, or a list of texts.

    Raises:
        ValueError: it holds none, or more than `max_chars` characters. The message is for the
            person who sent it; vLLM answers with it and status 400.
    """
    if isinstance(data, str | list):
        data = {"texts": data}
    if not isinstance(data, dict):
        raise ValueError(
            f"the request must be an object, a text or a list of texts, not {type(data).__name__}"
        )
    try:
        request = EmbedRequest.model_validate(data)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None
    chars = sum(len(text) for text in request.texts)
    if chars > max_chars:
        raise ValueError(f"the texts hold {chars} characters, and {max_chars} are allowed")
    return request


def _sentence(error: ValidationError) -> str:
    """Return pydantic's findings in one line, without its links and without the texts sent."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ")
        found.append(f"{place}: {message}" if place else message)
    return "; ".join(found)
