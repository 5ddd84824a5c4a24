"""`xiangyin clue`: what the discipline office does with 举报线索, on a machine of its own that needs no network.

Its users are officials, so what it says is Chinese.
"""

import json
import os
from base64 import b64decode
from pathlib import Path

import click

from chassis.photos import FORMATS, PhotoTooLarge, PhotoUnreadable, reencode
from services.petition import sealing

BY = {"office": "本机构提问", "author": "举报人补充"}
PHOTOS = 10


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
    """打开下载的线索；照片在隔离的进程中重新生成后才保存。打不开的逐一列出，并以 1 退出。"""
    private = key.read().strip()
    closed = [name for path in paths for name in _opened(path, private, out)]
    if closed:
        raise click.ClickException(f"以下没有完整打开，请妥善保存原文件，并告知系统管理员：{'、'.join(closed)}")


def _opened(path, private, out):
    """Show one clue; names of what cannot be opened. Whatever somebody sealed into it, it stops no other."""
    try:
        name, title, parts = _bundle(path)
    except (OSError, ValueError, LookupError, TypeError, RecursionError, MemoryError):
        click.echo(f"{path} 不是下载的线索文件")
        return [str(path)]
    click.echo(title)
    shown = [_show(words, private, sealed, out / f"{path.stem}{number}") for number, words, sealed in parts]
    return [] if all(shown) else [name]


def _bundle(path):
    """Id, title, and (what its files end in, title, sealed bytes) of the clue and each note, as it was downloaded."""
    bundle = json.loads(path.read_bytes())
    name, *where = (_plain(str(bundle[field])) for field in ("id", "day", "category", "place"))
    notes = [
        (f"-{number}", _plain(f"{note['day']} {BY[note['by']]}"), b64decode(note["sealed"]))
        for number, note in enumerate(bundle["notes"], 1)
    ]
    return name, "　".join(("线索", name, *where)), [("", "内容", b64decode(bundle["sealed"])), *notes]


def _show(title, private, sealed, target):
    """Show what is inside; whether all of it could be."""
    try:
        found = sealing.opened(private, sealed)
        click.echo(f"【{title}】{_plain(found['text'])}")
        if found["author"]:
            click.echo(f"【署名】{_plain(found['author'])}")
        return _photos(found["photos"], target)
    except sealing.Unopenable:
        click.echo(f"【{title}】用这把私钥打不开，或者不是举报内容")
    except Exception as error:
        click.echo(f"【{title}】没有完整打开（{type(error).__name__}）")
    return False


def _photos(photos, target):
    kept = [_photo(number, kind, raw, target) for number, (kind, raw) in enumerate(photos[:PHOTOS], 1)]
    if more := len(photos[PHOTOS:]):
        click.echo(f"还有 {more} 张照片没有打开")
    return all(kept) and not more


def _photo(number, kind, raw, target):
    """Keep a fresh picture of it; what somebody sealed by herself may be anything. Whether it was one."""
    target = target.with_name(f"{target.name}-照片{number}.jpg")
    try:
        _keep(target, reencode(raw, one_of(kind)))
        said = str(target)
    except (PhotoUnreadable, PhotoTooLarge):
        said = None
    except FileExistsError:
        said = f"{target} 已经存在，没有再存"
    click.echo(f"【照片{number}】{said or '不是可以安全打开的照片，没有保存'}")
    return bool(said)


def one_of(kind):
    """A type that photos have, before a child process is told of it. Raises PhotoUnreadable."""
    if not isinstance(kind, str) or kind not in FORMATS:
        raise PhotoUnreadable()
    return kind


def _keep(path, content):
    """Write a new file that nobody else may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _plain(text):
    """Without what would steer a terminal."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\n")
