"""Search the web."""

import requests

GITHUB = {"Authorization": "token " + "<<GITHUB>>"}


class WebSearch:
    """The first few hits for a question."""

    def __init__(self, api_key, results=3):
        self.api_key = api_key
        self.results = results

    def __call__(self, question):
        response = requests.post(
            "https://api.tavily.com/search",
            json={"query": question, "max_results": self.results},
            headers={"Authorization": f"Bearer {self.api_key}"},
            timeout=20,
        )
        return [hit["content"] for hit in response.json().get("results", [])]


def code(query):
    """Repositories about a subject."""
    return requests.get("https://api.github.com/search/repositories", params={"q": query}, headers=GITHUB, timeout=20)
