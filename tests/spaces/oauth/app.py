import os

client = (os.environ["OAUTH_CLIENT_ID"], os.environ["OAUTH_CLIENT_SECRET"], os.environ["OPENID_PROVIDER_URL"])
session = os.environ["SESSION_SECRET"]
host = os.environ["SPACE_HOST"]
