"""Writes JSON so that the same content is the same bytes."""

import gzip
import json


def write(path: str, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, separators=(',', ':')).encode()
    with open(path, 'wb') as file, gzip.GzipFile(filename='', fileobj=file, mode='wb', compresslevel=9, mtime=0) as out:
        out.write(text)
