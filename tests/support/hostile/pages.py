"""The forms in an HTML page, as a browser would send them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    method: str = "get"
    fields: list = field(default_factory=list)  # (name, value), in the page's order
    choices: dict = field(default_factory=dict)  # {name of a select: all its values}


class Forms(HTMLParser):
    """`forms` of the page that is fed, without Django's token and the buttons."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.form, self.select = [], None, ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = {name: value or "" for name, value in attributes}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.form = Form(given.get("method", "get").lower())
            self.forms.append(self.form)
        elif not self.form or name == "csrfmiddlewaretoken" or given.get("type") == "submit":
            return
        elif tag in ("input", "button", "textarea") and name:
            self.form.fields.append((name, value))
        elif tag == "select":
            self.select = name
            self.form.choices[name] = []
        elif tag == "option" and self.select:
            self.form.choices[self.select].append(value)
            if "selected" in given:
                self.form.fields.append((self.select, value))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select" and self.form:
            if self.select not in dict(self.form.fields):  # a browser sends the first choice
                self.form.fields.append((self.select, "".join(self.form.choices[self.select][:1])))
            self.select = ""


def post_forms(page):
    """The forms of a page that are sent with POST."""
    return [form for form in Forms(page).forms if form.method == "post"]
