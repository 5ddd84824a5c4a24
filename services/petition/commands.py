"""`xiangyin clue`: what the discipline office does with 举报线索, on a machine of its own that needs no network.

Its users are officials, so what it says is Chinese.
"""

import json
import os
from base64 import b64decode
from pathlib import Path

import click

from chassis.photos import PhotoTooLarge, PhotoUnreadable, reencode
from services.petition import sealing

BY = {"office": "本机构提问", "author": "举报人补充"}


@click.group("clue")
def main():
    """举报线索：在纪检机构自己的电脑上使用，不需要网络。"""


@main.command("keys")
@click.option("--key", "path", required=True, type=click.Path(path_type=Path), help="私钥存放的文件，不能已经存在。")
def make_keys(path):
    """生成一对密钥：私钥存入文件（仅本人可读），显示公钥，交给系统管理员填入 CLUE_SEAL。"""
    private = sealing.new_key()
    try:
        _keep(path, f"{private}\n".encode())
    except FileExistsError:
        raise click.ClickException("这个文件已经存在；为免丢失旧私钥，不覆盖") from None
    click.echo(sealing.public_key(private))


@main.command("open")
@click.option("--key", required=True, type=click.File(), help="私钥文件。")
@click.option(
    "--out", default=".", type=click.Path(path_type=Path, file_okay=False, exists=True), help="照片存到这里。"
)
@click.argument("paths", metavar="IN...", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
def open_clues(key, out, paths):
    """打开下载的线索；照片在隔离的进程中重新生成后才保存。"""
    private = key.read().strip()
    for path in paths:
        title, sealed, notes = _bundle(path)
        click.echo(title)
        _show("内容", private, sealed, out / path.stem)
        for number, (words, note) in enumerate(notes, 1):
            _show(words, private, note, out / f"{path.stem}-{number}")


def _bundle(path):
    """Title, sealed bytes and (title, sealed bytes) of each note of a clue as it was downloaded."""
    try:
        bundle = json.loads(path.read_bytes())
        title = _plain("　".join(("线索", *(bundle[name] for name in ("id", "day", "category", "place")))))
        notes = [(_plain(f"{note['day']} {BY[note['by']]}"), b64decode(note["sealed"])) for note in bundle["notes"]]
        return title, b64decode(bundle["sealed"]), notes
    except (OSError, ValueError, LookupError, TypeError):
        raise click.ClickException(f"{path} 不是下载的线索文件") from None


def _show(title, private, sealed, target):
    try:
        found = sealing.opened(private, sealed)
    except sealing.Unopenable:
        return click.echo(f"【{title}】用这把私钥打不开，或者不是举报内容")
    click.echo(f"【{title}】{_plain(found['text'])}")
    if found["author"]:
        click.echo(f"【署名】{_plain(str(found['author']))}")
    for number, (kind, raw) in enumerate(found["photos"], 1):
        click.echo(f"【照片{number}】{_photo(raw, kind, target.with_name(f'{target.name}-照片{number}.jpg'))}")


def _photo(raw, kind, target):
    """Keep a fresh picture of it; what somebody sealed by herself may be anything."""
    try:
        _keep(target, reencode(raw, kind))
    except (PhotoUnreadable, PhotoTooLarge, KeyError):
        return "不是可以安全打开的照片，没有保存"
    except FileExistsError:
        return f"{target} 已经存在，没有再存"
    return str(target)


def _keep(path, content):
    """Write a new file that nobody else may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _plain(text):
    """Without what would steer a terminal."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n")
