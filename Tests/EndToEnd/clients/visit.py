"""Visits a shop with Segment's own client: anonymous pages, then, for those who have an account, a login and one more page.

    visit.py HOST KEY < visits, a JSON list of {"device", "user"?, "email"?, "pages"}
"""

import json
import sys

from segment.analytics import Client

client = Client(sys.argv[2], host=sys.argv[1])
for visit in json.load(sys.stdin):
    for page in visit["pages"]:
        client.page(anonymous_id=visit["device"], name=page)
    if "user" in visit:
        client.identify(visit["user"], {"email": visit["email"]}, anonymous_id=visit["device"])
        client.page(visit["user"], name="Account", anonymous_id=visit["device"])
client.shutdown()
