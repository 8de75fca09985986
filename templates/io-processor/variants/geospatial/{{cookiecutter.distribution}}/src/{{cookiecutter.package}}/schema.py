"""What a request and an answer look like. The field names are those of vLLM's own example."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

#: The longest base64 text is bounded by the limit on bytes; this bounds paths and URLs.
MAX_NAME = 8192


class GeoRequest(BaseModel):
    """One picture, and how the answer is wanted."""

    # Strict: "1" is no band number. A misspelt option is an error, not ignored.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    data: Annotated[str, Field(min_length=1)]
    data_format: Literal["path", "url", "b64_json"]
    out_data_format: Literal["path", "b64_json"] = "b64_json"
    image_format: Literal["tiff", "tif", "geotiff"] = "tiff"
    indices: Annotated[list[int], Field(min_length=1, max_length=1024)] | None = None


class GeoAnswer(BaseModel):
    """The answer's GeoTIFF: the path of a file, or its content in base64."""

    type: Literal["path", "b64_json"]
    format: Literal["tiff"] = "tiff"
    data: str
    width: int
    height: int
    windows: int


def parse_request(data: object) -> GeoRequest:
    """Return the request that `data` holds.

    Raises:
        ValueError: it holds none. The message is for the person who sent it; vLLM answers with it
            and status 400.
    """
    if not isinstance(data, dict):
        raise ValueError(f"the request must be an object, not {type(data).__name__}")
    try:
        request = GeoRequest.model_validate(data)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None
    if request.data_format != "b64_json" and len(request.data) > MAX_NAME:
        raise ValueError(f"data: a {request.data_format} may have {MAX_NAME} characters")
    if request.indices is not None and min(request.indices) < 0:
        raise ValueError("indices: bands are counted from 0")
    return request


def _sentence(error: ValidationError) -> str:
    """Return pydantic's findings in one line, without its links and without what was sent."""
    found = []
    for detail in error.errors(include_url=False, include_input=False):
        place = ".".join(str(part) for part in detail["loc"])
        message = detail["msg"].removeprefix("Value error, ")
        found.append(f"{place}: {message}" if place else message)
    return "; ".join(found)
