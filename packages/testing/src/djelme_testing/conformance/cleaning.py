"""Fields that follow from others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import RecordValidationError
from elasticsearch_metrics import signals

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("CleaningTests",)


class CleaningTests:
    """What `clean` does, whichever way a record is stored."""

    @pytest.fixture
    def download(self, site: Site) -> Any:
        """A type with a field that follows from another."""

        class Download:
            path: str
            suffix: str

            def clean(self: Any) -> None:
                self.suffix = self.path.rpartition(".")[2]

        return site.set_up(Download)

    def test_derived_fields_are_filled(self, download: Any) -> None:
        """A required field may be left out if `clean` fills it."""
        record = download.record(path="/a.pdf")
        assert record.suffix == "pdf"
        instance = download(path="/a.pdf")
        instance.save()
        assert instance.suffix == "pdf"
        download.bulk_record([{"path": "/a.pdf"}, download(path="/a.pdf")])
        download.refresh()
        assert [hit.suffix for hit in download.search()] == ["pdf"] * 4

    def test_derived_fields_are_filled_before_receivers_look(self, download: Any) -> None:
        """Of the signal after storing; the one before may still change what they follow from."""
        seen: list[str] = []

        def rename(instance: Any, **_kwargs: Any) -> None:
            instance.path = "/b.txt"

        def note(instance: Any, **_kwargs: Any) -> None:
            seen.append(instance.suffix)

        signals.pre_save.connect(rename, sender=download)
        signals.post_save.connect(note, sender=download)
        download.record(path="/a.pdf")
        download.bulk_record([{"path": "/a.pdf"}])
        assert seen == ["txt", "txt"]

    @pytest.mark.parametrize("value", [7, None])
    def test_a_wrong_value_is_named_in_place_of_what_it_led_to(
        self, download: Any, value: Any
    ) -> None:
        """`clean` may stumble over it first."""
        with pytest.raises(RecordValidationError) as caught:
            download.record(path=value, suffix="x")
        assert caught.value.field == "path"

    def test_an_error_in_clean_is_the_class_s_own(self, site: Site) -> None:
        """It isn't mistaken for a wrong value."""

        class Odd:
            item_id: int

            def clean(self) -> None:
                raise LookupError

        odd = site.set_up(Odd)
        with pytest.raises(LookupError):
            odd.record(item_id=1)
