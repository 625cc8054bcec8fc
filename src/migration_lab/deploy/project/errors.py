"""Answer with the database's own words: here to learn from, elsewhere they belong in the log alone."""

from fastapi import Request
from fastapi.exceptions import ResponseValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError


async def say_why(request: Request, error: Exception) -> JSONResponse:
    statement = None
    if isinstance(error, DBAPIError):
        words, statement = str(error.orig), error.statement
    elif isinstance(error, ResponseValidationError):
        first = error.errors()[0]
        words = f"{first['loc'][-1]} is {first['input']}: {first['msg']}"
    else:
        words = str(error)
    return JSONResponse({"detail": words, "statement": statement}, 500)
