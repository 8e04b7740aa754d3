"""All addresses (made complete below)."""
urlpatterns: list = []
