from tests.cast import Cast
from tradewind.audience import contacts, lists, subscriptions
from tradewind.segments.audience import Audience


def test_members_of_lists_without_those_on_others(cast: Cast) -> None:
    fair, news, rivals = (lists.find_or_make(cast.workspace, name) for name in ("Fair", "News", "Rivals"))
    people = []
    for i in range(6):
        saved = contacts.create(cast.workspace, {"email": f"p{i}@acme.de"})
        assert isinstance(saved, contacts.Saved)
        people.append(saved.contact.pk)
    subscriptions.subscribe(fair, people[:4])
    subscriptions.subscribe(news, people[2:])
    subscriptions.subscribe(rivals, [people[1], people[5]])
    subscriptions.unsubscribe(people[0], list_ids=[fair.pk])
    subscriptions.unsubscribe(people[5], list_ids=[rivals.pk])
    workspace = cast.workspace.pk
    assert Audience(workspace, [fair.pk]).count() == 3
    assert Audience(workspace, [fair.pk, news.pk, news.pk]).count() == 5
    assert Audience(workspace, [fair.pk, news.pk], [rivals.pk]).count() == 4
    assert Audience(workspace, []).count() == 0
    assert Audience(cast.elsewhere.pk, [fair.pk]).count() == 0
