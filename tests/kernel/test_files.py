"""The file store: one contract, kept by a folder and by a bucket that speaks S3."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from kernel.clock import now
from kernel.files import FileMissing, FileStore, FilesUnavailable
from tests.conftest import make_config
from tests.s3_server import running_s3, with_bucket
from tests.sandbox_client import free_port

NOWHERE = make_config("postgresql://", "redis://")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with running_s3() as endpoint:
        yield endpoint


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "folder":
        return FileStore(replace(NOWHERE, files_url=str(tmp_path / "files")))
    return FileStore(with_bucket(NOWHERE, request.getfixturevalue("s3")))


class TestFileStore:
    def test_gives_back_what_was_put(self, store: FileStore) -> None:
        content = bytes(range(256)) * 4000
        store.put("photographs/a1/640.webp", content)
        assert store.get("photographs/a1/640.webp") == content
        assert store.exists("photographs/a1/640.webp")

    def test_a_second_put_replaces_the_first(self, store: FileStore) -> None:
        store.put("a/b.jpg", b"first")
        store.put("a/b.jpg", b"second")
        assert store.get("a/b.jpg") == b"second"

    def test_what_is_not_there_is_missing(self, store: FileStore) -> None:
        assert not store.exists("a/none.jpg")
        with pytest.raises(FileMissing):
            store.get("a/none.jpg")

    def test_what_is_deleted_is_gone_and_may_be_deleted_again(self, store: FileStore) -> None:
        store.put("a/b.jpg", b"x")
        store.delete("a/b.jpg")
        store.delete("a/b.jpg")
        assert not store.exists("a/b.jpg")

    def test_lists_what_lies_below_a_folder(self, store: FileStore) -> None:
        for key in ("photographs/a/1.webp", "photographs/b.jpg", "invoices/c.pdf"):
            store.put(key, b"12345")
        found = list(store.list("photographs"))
        assert {file.key for file in found} == {"photographs/a/1.webp", "photographs/b.jpg"}
        assert {file.size for file in found} == {5}
        assert all(abs(now() - file.written_at) < timedelta(minutes=1) for file in found)
        assert list(store.list("nothing")) == []

    @pytest.mark.parametrize(
        "key", ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/./b", "A.jpg", "a b", "a/.env", "a\n", "a\0b"]
    )
    def test_no_key_leads_out_of_it(self, store: FileStore, key: str) -> None:
        for act in (lambda: store.put(key, b"x"), lambda: store.get(key), lambda: store.delete(key)):
            with pytest.raises(ValueError, match="not a key"):
                act()


class TestUnavailable:
    def test_a_server_that_is_not_there(self) -> None:
        config = replace(
            NOWHERE,
            files_url="s3://bucket",
            files_endpoint=f"http://127.0.0.1:{free_port()}",
            files_key_id="x",
            files_secret="y",
        )
        with pytest.raises(FilesUnavailable):
            FileStore(config).get("a/b.jpg")

    def test_a_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "files").write_text("not a folder")
        with pytest.raises(FilesUnavailable):
            FileStore(replace(NOWHERE, files_url=str(tmp_path / "files"))).put("a/b.jpg", b"x")
