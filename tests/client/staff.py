"""A staff member's web client, without the window: logs in and calls public methods."""

from typing import Any

import requests


class Refusal(Exception):
    """The server answered with an error; `name` is that of the exception."""

    def __init__(self, error: dict[str, Any]):
        self.name = error.get('data', {}).get('name', '')
        self.arguments = error.get('data', {}).get('arguments', [])
        super().__init__(f'{self.name}: {error.get("data", {}).get("message", error)}')


class Staff:
    """One person at the back office.

    :param shop: address of the shop's server
    :param database: name of its database
    :param login: name and password at once, as the demo's users have them
    """

    def __init__(self, shop: str, database: str, login: str):
        self.shop = shop
        self.http = requests.Session()
        self._post('/web/session/authenticate', {'db': database, 'login': login, 'password': login})

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a public method as the web client does.

        :raise Refusal: it did not work
        """
        values = {'model': model, 'method': method, 'args': args, 'kwargs': kwargs}
        return self._post(f'/web/dataset/call_kw/{model}/{method}', values)

    def read(self, model: str, domain: list[Any], *names: str) -> list[dict[str, Any]]:
        return self.call(model, 'search_read', domain, list(names), order='id')

    def _post(self, path: str, values: dict[str, Any]) -> Any:
        body = {'jsonrpc': '2.0', 'method': 'call', 'params': values}
        answer = self.http.post(f'{self.shop}{path}', json=body, timeout=60).json()
        if 'error' in answer:
            raise Refusal(answer['error'])
        # A method that returns nothing is answered without one.
        return answer.get('result')
