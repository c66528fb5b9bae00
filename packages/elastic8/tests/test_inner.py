"""Inner documents as sites write them: the DSL wants annotations that are no strings."""

from elasticsearch8.dsl import Text

from elasticsearch_metrics.imps.elastic8 import EventRecord, InnerDoc, mapped_field


def test_inner_documents_follow_the_rule_of_record_types() -> None:
    class Chapter(InnerDoc):
        title: str
        length: int

    class Book(InnerDoc):
        name: str | None
        summary: str = mapped_field(Text(analyzer="standard"))
        chapters: list[Chapter]

    class Loan(EventRecord):
        book: Book

        class Meta:
            app_label = "library"

    template = Loan.get_timeseries_template().to_dict()["template"]
    book = template["mappings"]["properties"]["book"]["properties"]
    assert book["name"] == {"type": "keyword"}
    assert book["summary"] == {"type": "text", "analyzer": "standard"}
    assert book["chapters"]["properties"]["title"] == {"type": "keyword"}
    assert Loan.guessed_fields() == ("book.name", "book.chapters.title")
    own = Book._doc_type.mapping.to_dict()["properties"]
    assert own["name"] == {"type": "text"}  # other documents of the site aren't touched
