"""A stand-in for a WooCommerce shop: its customers and orders page by page, to whoever has the key, and not too fast."""

import base64
import http.server
import json
import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET = "ck_reader", "cs_reading"
PLACE = "/wp-json/wc/v3/"


class Shop:
    """Its first request for a second page is one too many."""

    def __init__(self):
        self.tables: dict[str, list[dict[str, Any]]] = {"customers": [], "orders": []}
        self.asked: list[tuple[str, int]] = []
        self.refused = 0
        self.lock = threading.Lock()
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, value, headers = shop.answer(self.path, self.headers["Authorization"])
                body = json.dumps(value).encode()
                self.send_response(status)
                for name, text in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, text)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> "Shop":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, path: str, authorization: str | None) -> tuple[int, Any, dict[str, str]]:
        address = urlsplit(path)
        query = dict(parse_qsl(address.query))
        rows = self.tables.get(address.path.removeprefix(PLACE))
        if authorization != "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode():
            return 401, {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}, {}
        if rows is None:
            return 404, {"code": "rest_no_route", "message": "No route was found."}, {}
        number, size = int(query["page"]), int(query["per_page"])
        with self.lock:
            self.asked.append((address.path.removeprefix(PLACE), number))
            if number == 2 and not self.refused:
                self.refused += 1
                return 429, {"code": "rest_rate_limited", "message": "Too many requests."}, {"Retry-After": "1"}
        changed = [row for row in rows if row["date_modified_gmt"] > query.get("modified_after", "")]
        return 200, changed[(number - 1) * size:number * size], {}

    def register(self, number: int, email: str, first_name: str, last_name: str, **billing: str):
        self.tables["customers"].append({
            "id": number, "email": email, "first_name": first_name, "last_name": last_name, "username": f"user{number}",
            "is_paying_customer": True, "date_created_gmt": "2026-03-01T08:00:00", "date_modified_gmt": "2026-03-02T08:00:00",
            "billing": {"first_name": first_name, "last_name": last_name, "email": email, **billing}})

    def sell(self, number: int, total: str, customer: int = 0, **billing: str):
        """An order of a customer, or of a guest."""
        self.tables["orders"].append({
            "id": number, "number": str(number), "status": "completed", "currency": "EUR", "total": total, "customer_id": customer,
            "date_created_gmt": "2026-03-05T09:00:00", "date_modified_gmt": "2026-03-05T10:00:00", "date_paid_gmt": "2026-03-05T09:30:00",
            "billing": billing, "line_items": [
                {"id": 1, "product_id": 7, "variation_id": 0, "sku": "TEA", "name": "Green tea", "price": 2.1, "quantity": 1}],
            "refunds": [], "coupon_lines": []})
